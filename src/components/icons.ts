import { html, svg, type TemplateResult } from 'lit';

const stroke = svg`<g fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">
  <path d="M12 5v9M8.5 11l3.5 3.5 3.5-3.5M6 14v1.5A3.5 3.5 0 0 0 9.5 19h5a3.5 3.5 0 0 0 3.5-3.5V14" />
</g>`;

/** The app's mark. */
export const logoIcon = html`<svg viewBox="0 0 24 24" width="26" height="26" aria-hidden="true">
  <rect width="24" height="24" rx="6" fill="var(--accent)" />
  <g color="var(--on-accent)">${stroke}</g>
</svg>`;

/** An arrow to the left. */
export const backIcon = icon('M19 12H5M11 6l-6 6 6 6');
/** Sliders: the settings. */
export const settingsIcon = icon('M20 5h-6M10 5H4M20 12h-8M8 12H4M20 19h-4M12 19H4M14 3v4M8 10v4M16 17v4');
/** A question mark in a circle: help. */
export const helpIcon = icon(
  'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.7.4-1.1.9-1.1 1.8M12 17v.01',
);
/** Points down; turned up while what is below it is open. */
export const openIcon = icon('M7 10l5 5 5-5');

function icon(path: string): TemplateResult {
  return html`<svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
    <path d=${path} fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" />
  </svg>`;
}
