import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const css = readFileSync('src/components/tokens.css', 'utf8');

/** A token's tone, light or dark. */
function tone(name: string, scheme: 0 | 1): number[] {
  const match = new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(css);
  const hex = match?.[scheme + 1] ?? '';
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
}

/** WCAG 2.2: contrast of two tones, from 1 to 21. */
function contrast(a: string, b: string, scheme: 0 | 1): number {
  const luminance = (name: string): number => {
    const [r = 0, g = 0, b2 = 0] = tone(name, scheme).map((v) =>
      v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b2;
  };
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

it.each([
  ['verified', 'empty'],
  ['saved', 'empty'],
  ['danger', 'empty'],
  ['edge', 'card'],
  ['accent', 'card'],
])('%s and %s, which touch in pictures or on the page, differ by 3:1 in both schemes', (a, b) => {
  expect(contrast(a, b, 0)).toBeGreaterThanOrEqual(3);
  expect(contrast(a, b, 1)).toBeGreaterThanOrEqual(3);
});

it('is measured in the size that the user has chosen for text', () => {
  expect(css).toMatch(/font:\s*93\.75%/);
});
