// The losses of one digit, from its ten outputs (logits) and from p, the probability of the right class.

export function crossEntropyOf(p) {
  return -Math.log(p);
}

export function squaredErrorOf(p) {
  return (1 - p) ** 2;
}

export function logSumExp(logits) {
  const most = Math.max(...logits);
  return most + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0));
}

export function probabilityOf(logits, i) {
  return Math.exp(logits[i] - logSumExp(logits));
}

// The digit's logits with only the right one moved, so that its probability is p: the nine others share the rest as
// before.
export function logitsAt({label, logits}, p) {
  const others = logSumExp(logits.filter((_, i) => i !== label));
  return logits.map((logit, i) => (i === label ? others + Math.log(p / (1 - p)) : logit));
}

// Three digits, and a fourth where three would not lead to the same loss.
export function pText(p) {
  return p.toFixed(Math.abs(1000 * p - Math.round(1000 * p)) < 1e-6 ? 3 : 4);
}

// Three decimals, or two digits of a smaller number.
export function lossText(value, decimals = 3) {
  if (!Number.isFinite(value)) return "∞";
  return value < 0.01 && value > 0 ? value.toFixed(1 - Math.floor(Math.log10(value))) : value.toFixed(decimals);
}
