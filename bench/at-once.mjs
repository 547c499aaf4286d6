/**
 * Does the work for each item, so many at the same time, and gives the answers in the items' order.
 *
 * @template Item, Answer
 * @param {readonly Item[]} items
 * @param {number} atOnce
 * @param {(item: Item, index: number) => Promise<Answer>} work
 * @returns {Promise<Answer[]>}
 */
export async function atOnce(items, atOnce, work) {
  const answers = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) answers[index] = await work(items[index], index);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return answers;
}
