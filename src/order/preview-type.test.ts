import { describe, expect, it } from 'vitest';
import { isPreviewMediaType, previewType } from './preview-type.ts';

describe('previewType', () => {
  it('goes by the extension, in any case', () => {
    expect(previewType('a/b.c/Photo.JPG')).toEqual({ kind: 'image', mediaType: 'image/jpeg' });
    expect(previewType('log.csv')).toEqual({ kind: 'text', mediaType: 'text/plain' });
  });

  it.each([
    'page.html',
    'page.htm',
    'a.xhtml',
    'a.svg',
    'a.SVG',
    'a.svgz',
    'a.xml',
    'a.pdf',
    'a.js',
    'a.mhtml',
    'a.7z',
  ])('never shows %s', (path) => expect(previewType(path)).toBeUndefined());

  it('needs an extension of the name itself', () => {
    for (const path of ['png', 'folder.png/readme', 'a.png.', 'constructor', 'a.__proto__']) {
      expect(previewType(path), path).toBeUndefined();
    }
  });

  it('answers with no type that can act', () => {
    expect(isPreviewMediaType('image/png')).toBe(true);
    for (const type of ['text/html', 'image/svg+xml', 'application/pdf', 'text/xml']) {
      expect(isPreviewMediaType(type), type).toBe(false);
    }
  });
});
