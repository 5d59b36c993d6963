import { css } from 'lit';

/** Buttons, cards and dialogs, the same in every element. */
export const sharedStyles = css`
  :host {
    display: block;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h1,
  h2,
  p,
  ul {
    margin: 0;
    padding: 0;
  }
  h2 {
    font-size: 1rem;
  }
  ul {
    list-style: none;
  }
  a {
    color: var(--accent);
  }
  button {
    font: inherit;
    font-weight: 600;
    min-height: 40px;
    padding: 0 15px;
    border: 1px solid var(--edge);
    border-radius: 9px;
    background: var(--card);
    color: var(--text);
    cursor: pointer;
    white-space: nowrap;
    transition: background-color 120ms;
  }
  button:hover {
    background: var(--quiet);
  }
  button:disabled {
    opacity: 0.55;
    cursor: default;
  }
  button.main {
    background: var(--accent);
    border-color: var(--accent);
    color: var(--on-accent);
  }
  button.main:hover:enabled {
    background: var(--accent-strong);
  }
  button.quiet {
    border-color: transparent;
    background: transparent;
    color: var(--muted);
  }
  button.quiet:hover {
    background: var(--quiet);
    color: var(--text);
  }
  button.danger {
    background: var(--danger);
    border-color: var(--danger);
    color: var(--on-danger);
  }
  select,
  input:not([type='checkbox']),
  textarea {
    min-height: 40px;
    padding: 0 12px;
    border: 1px solid var(--edge);
    border-radius: 9px;
    background: var(--card);
    color: var(--text);
    font: inherit;
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }
  .card {
    background: var(--card);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    padding: 20px;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .muted {
    color: var(--muted);
  }
  .note {
    padding: 9px 12px;
    border-left: 3px solid var(--warn);
    border-radius: 2px 9px 9px 2px;
    background: var(--quiet);
    overflow-wrap: anywhere;
  }
  .note.danger {
    border-color: var(--danger);
  }
  dialog {
    width: min(560px, calc(100vw - 28px));
    padding: 22px;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--card);
    color: var(--text);
  }
  dialog::backdrop {
    background: rgb(5 12 18 / 55%);
  }
  dialog h2 {
    font-size: 1.15rem;
    margin-bottom: 8px;
  }
  .buttons {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: 8px;
    margin-top: 18px;
  }
  @media (prefers-reduced-motion: reduce) {
    * {
      transition: none !important;
    }
  }
  @media (max-width: 600px) {
    .card {
      padding: 16px;
    }
  }
`;
