import { onPreferences, preferences } from './preferences.ts';

/** Shows the page light or dark as the person chose; by the system otherwise. Follows changes. */
export function beginAppearance(): void {
  onPreferences(apply);
  apply();
}

function apply(): void {
  const { appearance } = preferences();
  const { dataset } = document.documentElement;
  if (appearance === 'system') delete dataset['scheme'];
  else dataset['scheme'] = appearance;
  // the colour of the window's own bar: the pair of the system's schemes, or the chosen one for both
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    meta.media = appearance === 'system' ? `(prefers-color-scheme: ${meta.dataset['scheme']})` : mediaOf(meta);
  }

  function mediaOf(meta: HTMLMetaElement): string {
    return meta.dataset['scheme'] === appearance ? 'all' : 'not all';
  }
}
