import { css, html } from 'lit';

/** Numbers in a row, each with a word below it, in a `dl`. */
export const factStyles = css`
  dl {
    display: grid;
    grid-template-columns: repeat(4, 1fr);
    gap: 12px 16px;
    margin: 16px 0 0;
  }
  dl div {
    display: flex;
    flex-direction: column-reverse;
    justify-content: flex-end;
  }
  dd {
    margin: 0;
    font-size: 1.12rem;
    font-weight: 700;
  }
  dt {
    color: var(--muted);
    line-height: 1.4;
  }
  @media (max-width: 600px) {
    dl {
      grid-template-columns: repeat(2, 1fr);
    }
  }
`;

/** One of them. */
export function fact(value: string, label: string): unknown {
  return html`<div>
    <dt>${label}</dt>
    <dd>${value}</dd>
  </div>`;
}
