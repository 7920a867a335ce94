// Colours of numbers: the two maps of torchdemos.pictures, both safe for colour-blind readers. NaN is magenta.

const MAGENTA = [255, 0, 255];
const SHADES = 128;

// Every kind of colour vision tells blue from orange-red. Both sides darken alike.
const SIGNED = [[0.10, 0.36, 0.66], [0.56, 0.76, 0.88], [1, 1, 1], [0.97, 0.69, 0.50], [0.76, 0.23, 0.09]];

// Nine points of viridis (Smith and van der Walt, 2015, CC0): equal steps look equal, also in grey.
const VIRIDIS = [
  [0.267, 0.004, 0.329], [0.278, 0.176, 0.482], [0.231, 0.322, 0.545], [0.173, 0.447, 0.557], [0.129, 0.569, 0.549],
  [0.157, 0.682, 0.502], [0.369, 0.788, 0.384], [0.678, 0.863, 0.188], [0.992, 0.906, 0.145],
];

// Of lines that are no runs: the palette of torchdemos.log.colours, with a value for light and dark in answer.css.
export const LINES = ["blue", "green", "pink", "red", "amber", "violet", "brown"].map((name) => `var(--${name})`);

const SIGNED_SHADES = shadesOf(SIGNED);
const VIRIDIS_SHADES = shadesOf(VIRIDIS);

// [red, green, blue] from 0 to 255: blue below zero, white at zero, orange-red above, full colour at `scale`.
export function signed(value, scale) {
  return shadeAt(value / (scale || 1) / 2 + 0.5, SIGNED_SHADES);
}

// Dark violet at 0 and below, yellow at 1 and above.
export function viridis(part) {
  return shadeAt(part, VIRIDIS_SHADES);
}

export function css([red, green, blue]) {
  return `rgb(${red}, ${green}, ${blue})`;
}

// The largest finite magnitude, which is shown in full colour.
export function fullScale(values) {
  let most = 0;
  for (const x of values) if (Number.isFinite(x) && Math.abs(x) > most) most = Math.abs(x);
  return most;
}

function shadeAt(part, shades) {
  return Number.isNaN(part) ? MAGENTA : shades[Math.floor(Math.min(Math.max(part, 0), 1) * SHADES + 0.5)];
}

// All shades once: thousands of cells are coloured twenty times a second.
function shadesOf(anchors) {
  return Array.from({length: SHADES + 1}, (_, shade) => {
    const place = shade / SHADES * (anchors.length - 1);
    const below = Math.min(Math.floor(place), anchors.length - 2);
    return anchors[below].map((low, i) => Math.round(255 * (low + (anchors[below + 1][i] - low) * (place - below))));
  });
}
