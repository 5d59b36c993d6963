import { css } from 'lit';

/** A card whose text has what can be done beside it, or below it where the window is narrow. */
export const sideBySideStyles = css`
  section {
    display: flex;
    flex-wrap: wrap;
    gap: 10px 16px;
    align-items: center;
    justify-content: space-between;
  }
  div {
    flex: 1 1 320px;
  }
`;
