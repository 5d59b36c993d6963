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

/** How numbers and dates are written: as in the user's own region, where that speaks the page's language. */
export function formatLocale(): string {
  const locale = currentLocale();
  const own = navigator.languages.find(
    (language) => new Intl.Locale(language).language === new Intl.Locale(locale).language,
  );
  if (own === undefined) return locale;
  // words of dates come in the script of the page: a traditional one would stand out
  const script = (tag: string): string | undefined => new Intl.Locale(tag).maximize().script;
  return script(own) === script(locale) ? own : locale;
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
