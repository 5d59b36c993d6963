import { css } from 'lit';

/** Layout of the order page. */
export const orderPageStyles = css`
  .page {
    display: grid;
    gap: 14px;
  }
  .page > * {
    min-width: 0;
  }
  /* what has nothing to show leaves no gap */
  ::slotted(*),
  .page > hf-copies,
  .page > hf-check {
    display: contents;
  }
  header {
    display: flex;
    align-items: center;
    gap: 10px;
  }
  .back {
    display: grid;
    place-items: center;
    flex: none;
    width: 40px;
    height: 40px;
    margin-left: -8px;
    border-radius: 9px;
    color: var(--muted);
  }
  .back:hover {
    background: var(--quiet);
    color: var(--text);
  }
  .title {
    flex: 1;
    min-width: 0;
    overflow-wrap: anywhere;
  }
  h1 {
    font-size: 1.6rem;
    line-height: 1.25;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: 8px;
  }
  .now {
    display: flex;
    align-items: center;
    gap: 14px;
    margin-bottom: 14px;
  }
  .now > div {
    flex: 1;
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .percent {
    font-size: 2.1rem;
    font-weight: 700;
    line-height: 1;
    white-space: nowrap;
  }
  .headline {
    font-weight: 600;
  }
  .state {
    align-self: flex-start;
    flex: none;
    padding: 2px 12px;
    border-radius: 14px;
    background: var(--quiet);
    color: var(--muted);
    font-size: 0.87rem;
    font-weight: 600;
  }
  .state.saved {
    color: var(--saved);
  }
  .state.attention {
    color: var(--danger);
  }
  .folder {
    display: block;
    margin: 16px 0 -6px;
    padding-top: 8px;
    border-top: 1px solid var(--line);
  }
  @media (max-width: 600px) {
    header {
      flex-wrap: wrap;
    }
    h1 {
      font-size: 1.3rem;
    }
    .actions {
      flex: 1 0 100%;
    }
    .actions .main {
      flex: 1;
      order: -1;
    }
    .now {
      flex-wrap: wrap;
    }
    .now > div {
      flex: 1 0 100%;
      order: 3;
    }
    .state {
      margin-left: auto;
    }
  }
`;
