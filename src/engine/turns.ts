/** Who writes to the store's file in turn (store/turn.ts): the parent is number 1, its workers follow. */
export const TURN_OF_PARENT = 1;

export function turnOfWorker(worker: number): number {
  return TURN_OF_PARENT + 1 + worker;
}
