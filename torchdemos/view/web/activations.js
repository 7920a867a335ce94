// What an activation makes of a number: max(0, −0.497) = 0.
import {number} from "./dom.js";

const SPELLED = {
  ReLU: (x) => `max(0, ${x})`,
  ReLU6: (x) => `min(6, max(0, ${x}))`,
  Identity: (x) => x,
  Sigmoid: (x) => `sigmoid(${x})`,
  Tanh: (x) => `tanh(${x})`,
};
const BY_NAME = ["CELU", "ELU", "GELU", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyReLU", "LogSigmoid",
  "Mish", "PReLU", "RReLU", "SELU", "SiLU", "Softplus", "Softshrink", "Softsign", "Tanhshrink", "Threshold"];

// [how it is made, the value]; null for a layer of any other kind, which is PyTorch's class.
export function activationInWords(kind, before, after) {
  const spelled = Object.hasOwn(SPELLED, kind) ? SPELLED[kind] : BY_NAME.includes(kind) ? (x) => `${kind}(${x})` : null;
  return spelled && [`${spelled(number(before))} = `, number(after)];
}
