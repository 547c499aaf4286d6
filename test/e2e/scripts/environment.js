export default function () {
  console.log(`${__ENV.LOADLINE_TEST_A} ${__ENV.LOADLINE_TEST_B}`);
}
