/** Which rows of a long table are worth making: those in sight, and a few beyond for the next turn of the wheel. */

const beyond = 12;

/** First row, and the one after the last, of `total` rows of `rowHeight`. @param top of the first row in the window. */
export function rowsInSight(top: number, rowHeight: number, total: number, windowHeight: number): [number, number] {
  const first = Math.floor(-top / rowHeight) - beyond;
  const end = Math.ceil((windowHeight - top) / rowHeight) + beyond;
  const within = (row: number): number => Math.max(0, Math.min(total, row));
  return [within(first), within(end)];
}
