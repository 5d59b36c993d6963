import { configureLocalization } from '@lit/localize';
import { allLocales, sourceLocale, targetLocales } from '../locales/locale-codes.ts';

/** A language of the page. */
export type Locale = (typeof allLocales)[number];

const STORED = 'holdfast-language';

const localization = configureLocalization({
  sourceLocale,
  targetLocales,
  loadLocale: () => import('../locales/zh-Hans.ts'),
});

/** The language in use. */
export function currentLocale(): Locale {
  return localization.getLocale() as Locale;
}

/** Switches the language, for this visit and the next ones. */
export async function switchLocale(locale: Locale): Promise<void> {
  remember(locale);
  await use(locale);
}

/** Begins with the language chosen before, otherwise with the browser's. */
export async function beginLocale(): Promise<void> {
  const stored = allLocales.find((locale) => locale === remembered());
  await use(stored ?? (navigator.language.toLowerCase().startsWith('zh') ? 'zh-Hans' : sourceLocale));
}

async function use(locale: Locale): Promise<void> {
  // The words may be unreachable when the app was updated under this page: the page stays as it is then.
  await localization.setLocale(locale).catch(() => undefined);
  document.documentElement.lang = currentLocale();
}

function remembered(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

function remember(locale: Locale): void {
  try {
    localStorage.setItem(STORED, locale);
  } catch {
    // Storage is switched off: the choice lasts for this visit.
  }
}
