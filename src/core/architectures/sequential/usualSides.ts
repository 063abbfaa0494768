/** Sides of the square images that people train on, likeliest first: MNIST's for one channel, CIFAR's for three. */
export function usualSides(channels: number): readonly number[] {
  const first = channels === 1 ? [28, 32] : [32, 28];
  return [...first, 64, 224, 96, 48, 128, 256, 84, 16, 8, 227, 299, 384];
}

/** Shapes of images that are usual as a vector of so many numbers; none for other vectors. */
export function imageOfVector(length: number): readonly number[] | undefined {
  if (length === 784) return [1, 28, 28];
  return length === 3072 ? [3, 32, 32] : undefined;
}
