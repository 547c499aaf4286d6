export const options = { iterations: 3 };

export default function () {
  const basket = undefined;
  basket.add("apple");
}
