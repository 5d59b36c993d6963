import { css } from 'lit';

/** Layout of the viewer: as large as the window allows, on a phone all of it. */
export const previewStyles = css`
  dialog {
    width: min(1080px, calc(100vw - 28px));
    max-height: calc(100dvh - 28px);
  }
  dialog[open] {
    display: flex;
    flex-direction: column;
    gap: 8px;
  }
  header {
    display: flex;
    align-items: flex-start;
    justify-content: space-between;
    gap: 16px;
  }
  header h2 {
    margin: 0;
    align-self: center;
    min-width: 0;
    overflow-wrap: anywhere;
  }
  p[role='status']:empty {
    display: none;
  }
  img,
  video {
    align-self: center;
    max-width: 100%;
    min-height: 0;
    max-height: calc(100dvh - 200px);
    object-fit: contain;
    border-radius: 9px;
    background: var(--quiet);
  }
  video {
    width: 100%;
  }
  audio {
    width: 100%;
    flex: none;
  }
  pre {
    margin: 0;
    min-height: 0;
    padding: 12px;
    border: 1px solid var(--line);
    border-radius: 9px;
    background: var(--quiet);
    font:
      13px/1.5 ui-monospace,
      monospace;
    white-space: pre-wrap;
    overflow: auto;
    overflow-wrap: anywhere;
  }
  .buttons {
    margin-top: 4px;
  }
  @media (max-width: 600px) {
    dialog {
      width: 100vw;
      max-width: 100vw;
      max-height: 100dvh;
      padding: 14px;
      border-radius: 0;
    }
  }
`;
