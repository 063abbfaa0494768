/** Names of variables in TensorFlow checkpoints, and what is no variable of the network. */

/** What `tf.train.Checkpoint` adds to the path of every variable. */
const attributeSuffix = "/.ATTRIBUTES/VARIABLE_VALUE";

/** Slots of TensorFlow 1 optimizers stand beside their variable, under its name and theirs. */
const slotSuffix =
  /\/(?:Adam(?:_\d+)?|AdamW?(?:_\d+)?|Momentum|RMSProp(?:_\d+)?|Adagrad|Adadelta(?:_\d+)?|Ftrl(?:_\d+)?)$/;

/** The moving average of a variable, under its name and this. */
export const averageSuffix = "/ExponentialMovingAverage";

/** A key as people know it: `layer_with_weights-0/kernel`. */
export function variableName(key: string): string {
  if (!key.endsWith(attributeSuffix)) return key;
  // Object graphs escape what separates: `.S` stands for a slash, `..` for a dot.
  return key.slice(0, -attributeSuffix.length).replace(/\.([.S])/g, (_, escaped) => (escaped === "S" ? "/" : "."));
}

/**
 * Whether a key is state of the training: an optimizer's, a metric's, a counter's.
 * @param keys all keys, since a slot is one only beside its variable
 */
export function isTrainingState(key: string, keys: ReadonlySet<string>): boolean {
  if (key.includes("/.OPTIMIZER_SLOT/") || /^(?:optimizer|_optimizer|keras_api\/metrics)\//.test(key)) return true;
  if (/^(?:save_counter|.*\/save_counter|beta[12]_power)(?:\/\.ATTRIBUTES\/|$)/.test(key)) return true;
  return slotSuffix.test(key) && keys.has(key.replace(slotSuffix, ""));
}
