export { vendorScript } from "../script/vendor.js";
