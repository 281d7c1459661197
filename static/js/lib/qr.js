// Digits as a QR code of version 1, level M: at most 34 of them. ISO/IEC 18004.
const SIDE = 21;
const DATA = 16; // bytes, and as many to check them as the generator has roots
const GENERATOR = [1, 216, 194, 159, 111, 199, 94, 95, 113, 157, 193];
const QUIET = 4; // modules of margin that a reader needs around the code

const MASKS = [
  (x, y) => (x + y) % 2,
  (x, y) => y % 2,
  (x) => x % 3,
  (x, y) => (x + y) % 3,
  (x, y) => ((x / 3 | 0) + (y / 2 | 0)) % 2,
  (x, y) => x * y % 2 + x * y % 3,
  (x, y) => (x * y % 2 + x * y % 3) % 2,
  (x, y) => ((x + y) % 2 + x * y % 3) % 2,
];
const binary = (number, length) => number.toString(2).padStart(length, "0");
const range = (count, make) => Array.from({ length: count }, (_, at) => make(at));

// The dark modules, row by row; of the eight masks the one that reads best.
export function modules(digits) {
  const bits = withCheck(bytes(digits)).map((byte) => binary(byte, 8)).join("");
  const drawn = MASKS.map((mask, number) => draw(bits, mask, number));
  const scores = drawn.map(penalty);
  return drawn[scores.indexOf(Math.min(...scores))];
}

// The whole picture, as an address that an <img> can show.
export function picture(digits) {
  const side = SIDE + 2 * QUIET;
  const path = modules(digits).map((row, y) => row.map((dark, x) => (dark ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : "")).join("")).join("");
  return "data:image/svg+xml," + encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${side}v${side}H0z"/><path d="${path}"/></svg>`);
}

function bytes(digits) {
  let bits = "0001" + binary(digits.length, 10);
  for (const group of digits.match(/\d{1,3}/g)) bits += binary(Number(group), [4, 7, 10][group.length - 1]);
  bits = (bits + "0000").slice(0, DATA * 8);
  const filled = bits.match(/.{1,8}/g).map((byte) => parseInt(byte.padEnd(8, "0"), 2));
  return range(DATA, (at) => filled[at] ?? [0xec, 0x11][(at - filled.length) % 2]);
}

// Reed-Solomon over the field of 256 elements that 0x11d makes.
function withCheck(data) {
  const rest = [...data, ...GENERATOR.slice(1).fill(0)];
  data.forEach((_, at) => {
    const lead = rest[at];
    GENERATOR.forEach((factor, i) => { rest[at + i] ^= times(factor, lead); });
  });
  return [...data, ...rest.slice(DATA)];
}

function times(a, b) {
  let product = 0;
  for (; b; b >>= 1, a = a << 1 ^ (a & 128 && 0x11d)) if (b & 1) product ^= a;
  return product;
}

// The three corners with their format, and the two dotted lines, are not data.
const isFixed = (x, y) => x === 6 || y === 6 || (x < 9 && (y < 9 || y > 12)) || (x > 12 && y < 9);

function fixed(x, y) {
  for (const [left, top] of [[3, 3], [SIDE - 4, 3], [3, SIDE - 4]]) {
    const ring = Math.max(Math.abs(x - left), Math.abs(y - top));
    if (ring <= 4) return ring !== 2 && ring !== 4;
  }
  return (x + y) % 2 === 0;
}

// Two columns at a time, from the right, up and down in turn; the dotted one is passed over.
function draw(bits, mask, number) {
  const rows = range(SIDE, (y) => range(SIDE, (x) => isFixed(x, y) && fixed(x, y)));
  let next = 0;
  [20, 18, 16, 14, 12, 10, 8, 5, 3, 1].forEach((right, turn) => range(SIDE, (step) => {
    const y = turn % 2 ? step : SIDE - 1 - step;
    for (const x of [right, right - 1]) {
      if (!isFixed(x, y)) rows[y][x] = (bits[next++] === "1") !== (mask(x, y) === 0);
    }
  }));
  return format(rows, number);
}

// Level and mask, twice, and the one module that is always dark.
function format(rows, number) {
  let rest = number << 10;
  for (let bit = 4; bit >= 0; bit--) if (rest >> bit + 10 & 1) rest ^= 0x537 << bit;
  const word = (number << 10 | rest) ^ 0x5412;
  for (let i = 0; i < 15; i++) {
    const dark = (word >> i & 1) === 1;
    if (i < 8) rows[i < 6 ? i : i + 1][8] = rows[8][SIDE - 1 - i] = dark;
    else rows[8][i < 9 ? 7 : 14 - i] = rows[SIDE - 15 + i][8] = dark;
  }
  rows[SIDE - 8][8] = true;
  return rows;
}

// The four rules by which a mask reads badly: runs, blocks, what looks like a corner, imbalance.
function penalty(rows) {
  const lines = [...rows, ...rows.map((_, x) => rows.map((row) => row[x]))];
  let bad = 0;
  for (const line of lines.map((cells) => cells.map(Number).join(""))) {
    for (const run of line.match(/0{5,}|1{5,}/g) || []) bad += run.length - 2;
    bad += 40 * line.match(/(?=10111010000|00001011101)/g)?.length || 0;
  }
  rows.forEach((row, y) => row.forEach((cell, x) => {
    if (x && y && cell === row[x - 1] && cell === rows[y - 1][x] && cell === rows[y - 1][x - 1]) bad += 3;
  }));
  const dark = rows.flat().filter(Boolean).length / SIDE ** 2;
  return bad + Math.floor(Math.abs(dark - 0.5) * 20) * 10;
}
