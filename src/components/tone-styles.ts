import { css } from 'lit';

/**
 * The tones of received, verified, saved and bad bytes, for pictures. Each differs from what is empty by 3:1. From each other they
 * differ by shape as well: what is received is hatched, what is bad is crossed, saved tiles are ticked, and a line ends the saved
 * part of a bar. High-contrast modes must not paint over them.
 */
export const toneStyles = css`
  .empty,
  .received,
  .verified,
  .saved,
  .bad {
    forced-color-adjust: none;
  }
  .empty {
    background: var(--empty);
  }
  .received {
    background: repeating-linear-gradient(135deg, var(--verified) 0 2px, var(--empty) 2px 4px);
  }
  .verified {
    background: var(--verified);
  }
  .saved {
    background: var(--saved);
  }
  .bad {
    background:
      linear-gradient(45deg, transparent 42%, var(--empty) 42% 58%, transparent 58%),
      linear-gradient(-45deg, transparent 42%, var(--empty) 42% 58%, transparent 58%), var(--danger);
  }
`;
