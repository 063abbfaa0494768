import { css } from "lit";

export const heatmapStyle = css`
  :host {
    display: block;
    position: relative;
    container-type: inline-size;
    color: var(--likeness-ink, CanvasText);
    font-family: var(--likeness-font, system-ui, sans-serif);
    font-size: 12px;
    -webkit-user-select: none;
    user-select: none;
  }
  .bar {
    display: flex;
    flex-wrap: wrap;
    align-items: start;
    gap: 4px 14px;
    min-height: 24px;
    margin-bottom: 6px;
    color: var(--likeness-dim, GrayText);
    font-size: 11px;
  }
  .legend { min-height: 24px; display: flex; flex-wrap: wrap; align-items: center; gap: 4px 14px; flex: 1 1 0; min-width: 180px; }
  .scale, .sign { display: inline-flex; align-items: center; gap: 6px; }
  .scale { flex-wrap: wrap; }
  .legend svg { flex: none; border-radius: 1px; }
  .legend b { color: var(--likeness-ink, CanvasText); font-weight: 600; }
  .legend circle { fill: currentColor; }
  .hatch { fill: none; stroke: currentColor; stroke-opacity: 0.5; }
  .hatching { fill: none; stroke: currentColor; stroke-width: 1; }
  .zoom { display: inline-flex; gap: 2px; margin-left: auto; }
  button {
    font: inherit;
    font-size: 13px;
    line-height: 1;
    min-width: 24px;
    height: 24px;
    padding: 0 6px;
    border: 1px solid transparent;
    border-radius: 4px;
    background: none;
    color: var(--likeness-ink, CanvasText);
    cursor: pointer;
  }
  button:hover:not(:disabled) { background: var(--likeness-hover, rgb(128 128 128 / 0.15)); }
  button:disabled { opacity: 0.35; cursor: default; }
  button:focus-visible { outline: 1px solid var(--likeness-accent, Highlight); outline-offset: -1px; }
  .stage { position: relative; outline: none; }
  .stage:focus-visible { outline: 1px solid var(--likeness-accent, Highlight); outline-offset: 3px; border-radius: 2px; }
  canvas { display: block; }
  .overlay { position: absolute; inset: 0; touch-action: pan-x pan-y; cursor: crosshair; }
  .overlay.zoomed { touch-action: none; }
  .overlay.panning { cursor: grabbing; }
  .tip {
    position: absolute;
    z-index: 2;
    left: 0;
    top: 0;
    max-width: min(360px, 90%);
    padding: 6px 9px;
    border: 1px solid var(--likeness-line, GrayText);
    border-radius: 4px;
    background: var(--likeness-raised, Canvas);
    box-shadow: 0 2px 8px rgb(0 0 0 / 0.22);
    pointer-events: none;
    line-height: 1.45;
  }
  .tip .value { font-size: 15px; font-weight: 600; font-variant-numeric: tabular-nums; }
  .tip .interval { color: var(--likeness-dim, GrayText); font-variant-numeric: tabular-nums; }
  .tip .names { display: flex; gap: 6px; overflow-wrap: anywhere; }
  .tip .side { color: var(--likeness-dim, GrayText); }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @container (max-width: 420px) {
    .scale { display: grid; grid-template-columns: 1fr 1fr; gap: 2px 8px; width: 100%; }
    .scale svg { grid-area: 1 / 1 / 2 / 3; width: 100%; }
    .scale .end:last-child { text-align: right; }
  }
  @media (forced-colors: active) {
    .legend svg { forced-color-adjust: none; }
  }
  @media print {
    .zoom, .tip, .overlay { display: none; }
  }
`;
