import { css } from 'lit';

/** Layout of settings and help: a column of cards, each with a heading and rows. */
export const panelStyles = css`
  .page {
    display: grid;
    gap: 14px;
    max-width: 760px;
    margin: 0 auto;
  }
  .page > * {
    min-width: 0;
  }
  h1 {
    margin-bottom: 2px;
    font-size: 1.6rem;
    line-height: 1.25;
  }
  h2 {
    margin-bottom: 4px;
    font-size: 1.06rem;
  }
  .field {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 6px 20px;
    padding: 12px 0;
    border-top: 1px solid var(--line);
  }
  h2 + .field {
    border-top: 0;
  }
  .card > .field:last-child {
    padding-bottom: 0;
  }
  .field > :first-child {
    flex: 1 1 260px;
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .field label,
  .field b {
    font-weight: 600;
  }
  .hint {
    color: var(--muted);
    font-size: 0.93rem;
  }
  .hint + .field {
    margin-top: 12px;
  }
  select {
    min-width: 190px;
  }
  input[type='checkbox'] {
    width: 20px;
    height: 20px;
    margin: 10px;
    accent-color: var(--accent);
  }
  @media (max-width: 600px) {
    h1 {
      font-size: 1.3rem;
    }
    select {
      width: 100%;
    }
  }
`;
