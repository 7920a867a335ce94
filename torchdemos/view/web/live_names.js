// Long names of layers, short enough for their place: they lose what they have in common, and stay different.

// Names of more than so many letters become shorter: "t.layers.0.linear1" and "t.layers.1.linear1" keep their numbers.
export function toldApart(names, most) {
  const ways = [withoutSizes, lastParts, numbersAndEnd, bothEnds].map((way) => names.map((name) => way(name, most, names)));
  return names.map((name, i) => {
    const isGood = (way) => way[i].length <= most && way.filter((other) => other === way[i]).length === 1;
    return name.length <= most ? name : (ways.find(isGood) ?? ways.at(-1))[i];
  });
}

// "0 (Linear 20 → 64)" is "0 (Linear)".
function withoutSizes(name) {
  return name.replace(/ \S+ → \S+\)$/, ")");
}

// "…0.linear1": as few whole parts as no other name ends with.
function lastParts(name, most, names) {
  const parts = withoutSizes(name).split(".");
  const ends = parts.map((_, i) => parts.slice(-1 - i).join("."));
  const end = ends.find((one) => names.filter((other) => `.${withoutSizes(other)}`.endsWith(`.${one}`)).length === 1);
  return end && end !== ends.at(-1) ? `…${end}` : withoutSizes(name);
}

// "0…linear1"
function numbersAndEnd(name, most) {
  const parts = withoutSizes(name).split(".");
  const numbers = parts.slice(0, -1).filter((part) => /^\d+$/.test(part)).join(".");
  return `${numbers}…${parts.at(-1).slice(1 - most + numbers.length)}`;
}

// "encod…inear1"
function bothEnds(name, most) {
  const short = withoutSizes(name);
  return short.length <= most ? short : `${short.slice(0, Math.ceil(most / 2) - 1)}…${short.slice(1 - Math.floor(most / 2))}`;
}
