// A layer's neurons as cells on a canvas: a square for each neuron, the maps side by side in a grid.
import {signed} from "./colours.js";

const LARGEST = 19; // pixels of a single unit
const TALLEST = 76; // pixels of a map
const HEIGHTS = [90, 260]; // pixels of a whole layer; the second is for layers that the first makes illegible

// A grid for `count` maps of h x w cells in a row of this width, `roomy` times as high as usual. Units do not shrink.
export function arrange([count, h, w], width, roomy = 1) {
  const heights = [HEIGHTS[0] * roomy, HEIGHTS[1] * Math.min(roomy, 1)];
  const most = h * w > 1 ? TALLEST * roomy : LARGEST * Math.max(roomy, 1);
  const options = heights.map((height) => fitted([count, h, w], width, height, most));
  return options.find((grid) => grid.shown === count && grid.size >= (h * w > 1 ? 1 : 3)) ?? options.at(-1);
}

// The grid with the largest cells at which all maps fit. Full rows are worth more than slightly larger cells.
export function fitted([count, h, w], width, height, largest) {
  const side = h * w === 1 ? 1 : Math.max(count === 1 ? h : Math.max(h, w), 3); // a single oblong map may be wide
  let best = null;
  const most = Math.min(count, Math.max(Math.floor(width), 1));
  for (let columns = most; columns > 0; columns--) {
    const rows = Math.ceil(count / columns);
    const cell = Math.min(width / columns / w, height / rows / h, largest / side);
    const score = cell * (count / (rows * columns)) ** 3;
    if (!best || score > best.score * 1.02) best = {score, columns, cell};
  }
  return gridOf(count, h, w, best ?? {columns: 1, cell: 1}, height);
}

function gridOf(count, h, w, {columns, cell}, height) {
  const side = Math.max(cell, h * w > 1 ? Math.min(12 / Math.max(h, w), 1) : 1) * Math.max(h, w);
  const gap = side >= 20 ? 3 : side >= 6 ? 1 : 0;
  const exact = (side - gap) / Math.max(h, w);
  const size = exact >= 2 ? Math.floor(exact) : exact;
  const most = Math.max(Math.floor(height / (h * size + gap)), 1) * columns;
  const shown = Math.min(count, most);
  const rows = Math.ceil(shown / columns);
  return {count, h, w, columns, size, gap, shown, rows,
    width: Math.min(columns, shown) * (w * size + gap) - gap, height: rows * (h * size + gap) - gap};
}

// The upper left corner of a neuron's cell.
export function cornerOf(grid, index) {
  const {h, w, columns, size, gap} = grid;
  const map = Math.floor(index / (h * w));
  const y = Math.floor(index / w) % h;
  return [map % columns * (w * size + gap) + index % w * size, Math.floor(map / columns) * (h * size + gap) + y * size];
}

// The neuron at a point, or null between the maps.
export function neuronAt(grid, x, y) {
  const {h, w, columns, size, gap, shown} = grid;
  const [across, down] = [Math.floor(x / (w * size + gap)), Math.floor(y / (h * size + gap))];
  const [column, row] = [(x - across * (w * size + gap)) / size, (y - down * (h * size + gap)) / size];
  const map = down * columns + across;
  const outside = x < 0 || y < 0 || across >= columns || map >= shown || column >= w || row >= h;
  return outside ? null : (map * h + Math.floor(row)) * w + Math.floor(column);
}

// The neighbour of a neuron on the screen, or null at the edge.
export function nextTo(grid, index, right, down) {
  const {h, w, columns, shown} = grid;
  const map = Math.floor(index / (h * w));
  const x = map % columns * w + index % w + right;
  const y = Math.floor(map / columns) * h + Math.floor(index / w) % h + down;
  const next = Math.floor(y / h) * columns + Math.floor(x / w);
  return x < 0 || y < 0 || x >= columns * w || next >= shown ? null : (next * h + y % h) * w + x % w;
}

export function drawCells(canvas, grid, values, scale, colour = signed) {
  cellsOn(canvas, grid, colour)(values, scale);
}

// Prepares the canvas; draw(values, scale) then fills the cells, as often as it is called.
export function cellsOn(canvas, grid, colour = signed) {
  const context = sizedCanvas(canvas, grid.width, grid.height);
  const {h, w, columns, rows, size, gap, shown} = grid;
  const [cells, paint] = painted(grid, colour);
  context.imageSmoothingEnabled = size < 1;
  return (values, scale) => {
    paint(values, scale);
    if (!gap) return context.drawImage(cells, 0, 0, columns * w * size, rows * h * size);
    for (let map = 0; map < shown; map++) {
      const [x, y] = cornerOf(grid, map * h * w);
      context.drawImage(cells, map % columns * w, Math.floor(map / columns) * h, w, h, x, y, w * size, h * size);
    }
  };
}

// A picture with one pixel for each neuron and no gaps between the maps, and what paints it.
function painted({h, w, columns, rows, shown}, colour) {
  const image = new ImageData(columns * w, rows * h);
  const canvas = new OffscreenCanvas(image.width, image.height);
  const pen = canvas.getContext("2d");
  const places = Uint32Array.from({length: shown * h * w}, (_, i) => {
    const map = Math.floor(i / (h * w));
    const y = Math.floor(map / columns) * h + Math.floor(i / w) % h;
    return 4 * (y * columns * w + map % columns * w + i % w);
  });
  const paint = (values, scale) => {
    const {data} = image;
    places.forEach((at, i) => {
      const shade = colour(values[i], scale);
      for (let part = 0; part < 3; part++) data[at + part] = shade[part];
      data[at + 3] = 255;
    });
    pen.putImageData(image, 0, 0);
  };
  return [canvas, paint];
}

// Clears the canvas, gives it this size on the page at the screen's resolution, and returns its context.
export function sizedCanvas(canvas, width, height) {
  const fine = window.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [Math.ceil(width * fine), Math.ceil(height * fine)];
  [canvas.style.width, canvas.style.height] = [`${Math.ceil(width)}px`, `${Math.ceil(height)}px`];
  const context = canvas.getContext("2d");
  context.scale(fine, fine);
  return context;
}
