import { css } from 'lit';

/** Layout of the shell. */
export const appStyles = css`
  main {
    max-width: 1040px;
    margin: 0 auto;
    padding: 22px 14px 60px;
  }
  .bar,
  .update {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 12px;
  }
  .bar {
    margin-bottom: 14px;
  }
  .update {
    padding: 6px 24px;
    border-bottom: 1px solid var(--line);
    background: var(--quiet);
    color: var(--muted);
  }
  .row {
    display: flex;
    align-items: center;
    gap: 16px;
  }
`;
