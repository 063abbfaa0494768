/**
 * What the backward graph is written for. `cpu`: masks that stay in the runtime's blocked layout, and the indices that its
 * pooling gives. `webgpu`: only what that provider runs itself; its pooling gives no indices.
 */
export type GradientProfile = "cpu" | "webgpu";
