import { css } from 'lit';

/** A row of filters and a field to search, above a list. */
export const filterStyles = css`
  .filters {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
    margin-bottom: 12px;
  }
  .filters button {
    min-height: 32px;
    padding: 0 13px;
    border: 1px solid transparent;
    border-radius: 16px;
    background: var(--quiet);
    color: var(--muted);
    font-size: 0.87rem;
  }
  .filters button:hover {
    color: var(--text);
  }
  .filters button[aria-pressed='true'] {
    background: var(--accent);
    color: var(--on-accent);
  }
  .filters input {
    flex: 1 1 160px;
    min-width: 0;
    max-width: 300px;
    min-height: 36px;
    margin-left: auto;
  }
  .filters button + hf-copy-button {
    margin-left: auto;
  }
  @media (max-width: 600px) {
    .filters input {
      flex-basis: 100%;
      max-width: none;
    }
    .filters button + hf-copy-button {
      margin-left: 0;
    }
  }
`;
