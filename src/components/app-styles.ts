import { css } from 'lit';

/** Layout of the shell. */
export const appStyles = css`
  main {
    max-width: 1040px;
    margin: 0 auto;
    padding: 22px 14px 60px;
  }
  main:focus {
    outline: none;
  }
  .bar {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 12px;
  }
  .bar {
    margin-bottom: 14px;
  }
  .row {
    display: flex;
    align-items: center;
    gap: 16px;
  }
`;
