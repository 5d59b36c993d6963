import type { FileRow } from '../engine-api.ts';

/** Where the tiles are, in CSS pixels. */
export interface Grid {
  readonly columns: number;
  /** A tile with the gap behind it. */
  readonly pitch: number;
  readonly gap: number;
  readonly width: number;
  readonly height: number;
}

/** The colours of the page's scheme. */
export type Tones = Readonly<Record<'saved' | 'verified' | 'empty' | 'danger' | 'accent' | 'text', string>>;

/** Largest and smallest tile with its gap, in CSS pixels, and how high the map may get before its tiles shrink. */
const LARGEST = 27;
const SMALLEST = 5;
const HIGHEST = 330;

/** Tiles as large as they can be in `width`, and all of them on the screen. */
export function fitTiles(count: number, width: number): Grid {
  let size = LARGEST;
  while (size > SMALLEST && Math.ceil(count / Math.max(1, Math.floor(width / size))) * size > HIGHEST) size--;
  const columns = Math.max(1, Math.floor(width / size));
  // the last column ends where the card ends
  const pitch = count < columns ? size : width / columns;
  const gap = size > 18 ? 4 : size > 8 ? 2 : 1;
  return { columns, pitch, gap, width, height: Math.ceil(count / columns) * pitch };
}

/** The file whose tile is at a point of the map; undefined beside them. */
export function tileAt({ columns, pitch }: Grid, x: number, y: number, count: number): number | undefined {
  const column = Math.floor(x / pitch);
  const file = Math.floor(y / pitch) * columns + column;
  return column >= 0 && column < columns && file >= 0 && file < count ? file : undefined;
}

/** Reads the tones that hold for an element. */
export function readTones(element: Element): Tones {
  const style = getComputedStyle(element);
  // a token is a light-dark() pair: only a real property gives the one in use
  const probe = document.createElement('i');
  // a high-contrast mode would give every tone the colour of text
  probe.style.setProperty('forced-color-adjust', 'none');
  element.shadowRoot?.append(probe);
  const tone = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color || style.color;
  };
  const tones: Tones = {
    saved: tone('saved'),
    verified: tone('verified'),
    empty: tone('empty'),
    danger: tone('danger'),
    accent: tone('accent'),
    text: tone('text'),
  };
  probe.remove();
  return tones;
}

/** Draws every tile anew: ten thousand take a few milliseconds. */
export function drawMap(
  canvas: HTMLCanvasElement,
  rows: readonly FileRow[],
  grid: Grid,
  tones: Tones,
  pointed: number | undefined,
): void {
  const { columns, pitch, gap, width, height } = grid;
  const scale = devicePixelRatio;
  const side = pitch - gap;
  const context = canvas.getContext('2d');
  if (!context) return;
  const to: CanvasRenderingContext2D = context;
  const [dotsAcross, dotsDown] = [Math.round(width * scale), Math.round(height * scale)];
  // a canvas that gets a size, be it the same, is made anew
  if (canvas.width !== dotsAcross || canvas.height !== dotsDown) {
    canvas.width = dotsAcross;
    canvas.height = dotsDown;
    canvas.style.height = `${height}px`;
  }
  to.setTransform(scale, 0, 0, scale, 0, 0);
  to.clearRect(0, 0, width, height);
  const radius = side > 14 ? 5 : side > 7 ? 2 : 0;
  rows.forEach((row, file) => {
    const x = (file % columns) * pitch;
    const y = Math.floor(file / columns) * pitch;
    to.save();
    to.beginPath();
    to.roundRect(x, y, side, side, radius);
    to.clip();
    fill(tones.empty, 1);
    if (row.status === 'saved') fill(tones.saved, 1);
    else if (row.status === 'failed') fill(tones.danger, 1);
    else {
      hatch(share(row, row.bytesReceived));
      fill(tones.verified, share(row, row.bytesVerified));
    }
    to.restore();
    // colour is never alone: a saved file is ticked, or where that has no room all others are hollow; a failed one is crossed, one at
    // work is framed
    if (row.status === 'saved' && side > 10) tick(x, y);
    if ((row.status === 'verified' || row.status === 'saving') && side <= 10) hollow(x, y);
    if (row.status === 'failed') cross(x, y);
    if (row.status === 'downloading' || row.status === 'saving') frame(x, y, tones.accent);
    if (file === pointed) frame(x, y, tones.text);

    /** What is received and not verified: stripes, so that it is told from the rest without its colour. */
    function hatch(part: number): void {
      to.fillStyle = tones.verified;
      for (let line = side; line > side * (1 - part); line -= 3) to.fillRect(x, y + line - 1, side, 1);
    }

    function fill(tone: string, part: number): void {
      to.fillStyle = tone;
      to.fillRect(x, y + side * (1 - part), side, side * part);
    }
  });

  function frame(x: number, y: number, tone: string): void {
    const line = side > 14 ? 2 : 1;
    to.strokeStyle = tone;
    to.lineWidth = line;
    to.beginPath();
    to.roundRect(x + line / 2, y + line / 2, side - line, side - line, radius);
    to.stroke();
  }

  function tick(x: number, y: number): void {
    to.strokeStyle = tones.empty;
    to.lineWidth = side > 18 ? 2 : 1.5;
    to.beginPath();
    to.moveTo(x + side * 0.3, y + side * 0.52);
    to.lineTo(x + side * 0.45, y + side * 0.66);
    to.lineTo(x + side * 0.71, y + side * 0.36);
    to.stroke();
  }

  function hollow(x: number, y: number): void {
    const inset = Math.max(1, Math.floor(side / 3));
    to.fillStyle = tones.empty;
    to.fillRect(x + inset, y + inset, side - 2 * inset, side - 2 * inset);
  }

  function cross(x: number, y: number): void {
    to.strokeStyle = tones.empty;
    to.lineWidth = side > 8 ? 2 : 1;
    to.beginPath();
    const inset = side > 8 ? side * 0.3 : 0;
    to.moveTo(x + inset, y + inset);
    to.lineTo(x + side - inset, y + side - inset);
    to.moveTo(x + side - inset, y + inset);
    to.lineTo(x + inset, y + side - inset);
    to.stroke();
  }
}

function share({ size, status }: FileRow, bytes: number): number {
  if (status === 'handed-over') return 1;
  return size === 0 ? (status === 'waiting' ? 0 : 1) : Math.min(1, bytes / size);
}
