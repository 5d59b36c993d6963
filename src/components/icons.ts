import { svg, html } from 'lit';

const stroke = svg`<g fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">
  <path d="M12 5v9M8.5 11l3.5 3.5 3.5-3.5M6 14v1.5A3.5 3.5 0 0 0 9.5 19h5a3.5 3.5 0 0 0 3.5-3.5V14" />
</g>`;

/** The app's mark. */
export const logoIcon = html`<svg viewBox="0 0 24 24" width="26" height="26" aria-hidden="true">
  <rect width="24" height="24" rx="6" fill="var(--accent)" />
  <g color="var(--on-accent)">${stroke}</g>
</svg>`;

/** An arrow to the left. */
export const backIcon = html`<svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
  <path
    d="M19 12H5M11 6l-6 6 6 6"
    fill="none"
    stroke="currentColor"
    stroke-width="2"
    stroke-linecap="round"
    stroke-linejoin="round"
  />
</svg>`;
