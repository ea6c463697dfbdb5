/**
 * The line as data: pieces of points `{lat, lng, from, ele}`. `from` is the point's number in the stored line, absent
 * for new ones; `ele` is kept only of pasted points, stored ones keep theirs on the server. Points are never changed in
 * place, so that a state of the past is a list of the same points.
 */
const FACTOR = 1e5;
const HEIGHTS = 10;
const EARTH_M = 6371008.8;
const RADIANS = Math.PI / 180;

function numbers(text) {
  const found = [];
  let value = 0;
  let shift = 0;
  for (const letter of text) {
    if (letter === " ") {
      found.push(null);
      continue;
    }
    const chunk = letter.charCodeAt(0) - 63;
    value += (chunk & 31) * 2 ** shift;
    shift += 5;
    if (chunk < 32) {
      found.push(value % 2 ? -(value + 1) / 2 : value / 2);
      value = 0;
      shift = 0;
    }
  }
  return found;
}

function letters(number) {
  let rest = number < 0 ? -2 * number - 1 : 2 * number;
  let text = "";
  while (rest >= 32) {
    text += String.fromCharCode(63 + 32 + (rest % 32));
    rest = Math.floor(rest / 32);
  }
  return text + String.fromCharCode(63 + rest);
}

/** Points of an encoded polyline with its elevations (absent: none known). */
export function decode(line, heights = "") {
  const found = [];
  const steps = numbers(line);
  const high = numbers(heights);
  let [lat, lng, ele] = [0, 0, 0];
  for (let index = 0; index < steps.length; index += 2) {
    lat += steps[index];
    lng += steps[index + 1];
    const step = high[index / 2] ?? null;
    if (step !== null) ele += step;
    found.push({ lat: lat / FACTOR, lng: lng / FACTOR, ele: step === null ? null : ele / HEIGHTS });
  }
  return found;
}

function encode(points) {
  const before = { lat: 0, lng: 0, ele: 0 };
  let line = "";
  let heights = "";
  for (const point of points) {
    const [lat, lng] = [Math.round(point.lat * FACTOR), Math.round(point.lng * FACTOR)];
    line += letters(lat - before.lat) + letters(lng - before.lng);
    before.lat = lat;
    before.lng = lng;
    if (point.ele === null || point.ele === undefined) {
      heights += " ";
    } else {
      const ele = Math.round(point.ele * HEIGHTS);
      heights += letters(ele - before.ele);
      before.ele = ele;
    }
  }
  return { line, ele: heights };
}

/** The stored line's pieces, each point with its number. */
export function stored(message) {
  if (!message) return [];
  let count = 0;
  return JSON.parse(message).pieces.map((piece) =>
    piece.flatMap((part) => decode(part.line, part.ele)).map(({ lat, lng }) => ({ lat, lng, from: count++ })),
  );
}

/** The pieces that a message makes of the stored ones; the server reads it the same way. */
export function applied(base, message) {
  if (!message) return base;
  const known = base.flat();
  return JSON.parse(message).pieces.map((piece) =>
    piece.flatMap((part) => {
      if (!Array.isArray(part)) return decode(part.line, part.ele);
      const [first, last] = part;
      return first <= last ? known.slice(first, last + 1) : known.slice(last, first + 1).reverse();
    }),
  );
}

/** What the server is told of the pieces: stretches of the stored line by their ends, all else point by point. */
export function message(pieces) {
  const written = pieces
    .filter((piece) => piece.length > 0)
    .map((piece) => {
      const parts = [];
      let fresh = [];
      const flush = () => {
        if (fresh.length > 0) parts.push(encode(fresh));
        fresh = [];
      };
      for (const point of piece) {
        const last = parts.at(-1);
        if (point.from === undefined) {
          fresh.push(point);
        } else if (fresh.length === 0 && Array.isArray(last) && goesOn(last, point.from)) {
          last[1] = point.from;
        } else {
          flush();
          parts.push([point.from, point.from]);
        }
      }
      flush();
      return parts;
    });
  return JSON.stringify({ pieces: written });
}

function goesOn([first, last], next) {
  if (first === last) return Math.abs(next - last) === 1;
  return next - last === Math.sign(last - first);
}

/** Whether both are the same line. */
export function same(one, other) {
  return (
    one.length === other.length &&
    one.every((piece, number) => piece.length === other[number].length && piece.every((point, i) => point === other[number][i]))
  );
}

/** The place on the line nearest to a position: `{piece, index, lat, lng, metres}`, the leg begins at `index`. */
export function nearest(pieces, { lat, lng }) {
  const width = Math.cos(lat * RADIANS) * RADIANS * EARTH_M;
  const height = RADIANS * EARTH_M;
  let best = null;
  pieces.forEach((points, piece) => {
    for (let index = 0; index + 1 < points.length; index += 1) {
      const [a, b] = [points[index], points[index + 1]];
      const [ax, ay] = [(a.lng - lng) * width, (a.lat - lat) * height];
      const [dx, dy] = [(b.lng - a.lng) * width, (b.lat - a.lat) * height];
      const square = dx * dx + dy * dy;
      const share = square > 0 ? Math.min(1, Math.max(0, -(ax * dx + ay * dy) / square)) : 0;
      const metres = Math.hypot(ax + share * dx, ay + share * dy);
      if (best === null || metres < best.metres) {
        best = { piece, index, metres, lat: a.lat + (b.lat - a.lat) * share, lng: a.lng + (b.lng - a.lng) * share };
      }
    }
  });
  return best;
}

/** The numbers of the points that draw a stretch to within `tolerance` (Douglas-Peucker), ends included. */
function kept(plane, tolerance) {
  const keep = new Set([0, plane.length - 1]);
  const stack = [[0, plane.length - 1]];
  while (stack.length > 0) {
    const [first, last] = stack.pop();
    const [a, b] = [plane[first], plane[last]];
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    const square = dx * dx + dy * dy;
    let [farthest, distance] = [-1, tolerance];
    for (let index = first + 1; index < last; index += 1) {
      const p = plane[index];
      const share = square > 0 ? Math.min(1, Math.max(0, ((p.x - a.x) * dx + (p.y - a.y) * dy) / square)) : 0;
      const off = Math.hypot(a.x + share * dx - p.x, a.y + share * dy - p.y);
      if (off > distance) [farthest, distance] = [index, off];
    }
    if (farthest >= 0) {
      keep.add(farthest);
      stack.push([first, farthest], [farthest, last]);
    }
  }
  return keep;
}

/**
 * The points to take hold of among those in view: all of them if they are few, else those that draw the line at this
 * scale. Returns `{piece, index, before, after}`; what lies between `before`, `index` and `after` has no handle.
 */
export function handles(pieces, inView, project, most) {
  const runs = [];
  pieces.forEach((points, piece) => {
    let run = null;
    points.forEach((point, index) => {
      if (!inView(point)) {
        run = null;
        return;
      }
      if (run === null) runs.push((run = { piece, first: index, plane: [] }));
      run.plane.push(project(point));
    });
  });
  const total = runs.reduce((sum, run) => sum + run.plane.length, 0);
  let chosen = [];
  for (let tolerance = total > most ? 3 : 0; ; tolerance *= 2) {
    chosen = runs.flatMap((run) => {
      const every = run.plane.map((_point, index) => index);
      const few = tolerance ? [...kept(run.plane, tolerance)].sort((a, b) => a - b) : every;
      return few.map((index, place) => ({
        piece: run.piece,
        index: run.first + index,
        before: place > 0 ? run.first + few[place - 1] : run.first + index - 1,
        after: place + 1 < few.length ? run.first + few[place + 1] : run.first + index + 1,
      }));
    });
    if (chosen.length <= most || !tolerance || tolerance > 1000) return chosen.slice(0, 2 * most);
  }
}
