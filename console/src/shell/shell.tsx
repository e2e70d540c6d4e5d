import { Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { Outlet, useLocation } from 'react-router';

import favicon from '../favicon.svg';
import { useLink } from '../live/system.tsx';
import { Bell } from '../notifications/bell.tsx';
import { defineText, useText } from '../text/language.tsx';
import { Loading } from '../ui/basics.tsx';
import { Menu, Search, X } from '../ui/icons.ts';
import { Indicator } from './indicator.tsx';
import { LanguageMenu, OperatorMenu, ThemeMenu } from './menus.tsx';
import { Navigation } from './navigation.tsx';
import { Palette } from './palette.tsx';
import { useShortcuts } from './shortcuts.ts';
import { UserMenu } from './user_menu.tsx';

const texts = defineText({
  en: { skip: 'Skip to the content', search: 'Go to…', menu: 'Menu', closeMenu: 'Close the menu', loading: 'Loading' },
  ru: { skip: 'К содержимому', search: 'Перейти…', menu: 'Меню', closeMenu: 'Закрыть меню', loading: 'Загрузка' },
});

/** What stands around every page. */
export function Shell() {
  const t = useText(texts);
  const link = useLink();
  const { pathname } = useLocation();
  const [palette, setPalette] = useState(false);
  const [menu, setMenu] = useState(false);
  const main = useRef<HTMLElement>(null);
  const openPalette = useCallback(() => setPalette(true), []);
  const closeMenu = useCallback(() => setMenu(false), []);
  useShortcuts(openPalette);

  // A new page begins at its top.
  useEffect(() => {
    // A browser may give a promise for it, which is no way to end the effect.
    main.current?.scrollTo(0, 0);
  }, [pathname]);

  useEffect(() => {
    if (!menu) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape') closeMenu();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [menu, closeMenu]);

  const MenuIcon = menu ? X : Menu;
  return (
    <div className="shell" data-menu={menu}>
      <header className="top">
        <a className="skip" href="#main" onClick={() => main.current?.focus()}>
          {t.skip}
        </a>
        <button
          type="button"
          className="button button--quiet button--icon top__menu"
          aria-label={menu ? t.closeMenu : t.menu}
          aria-expanded={menu}
          onClick={() => setMenu(!menu)}
        >
          <MenuIcon size={18} aria-hidden />
        </button>
        <div className="brand">
          <img src={favicon} width={22} height={22} alt="" />
          Weir
        </div>
        <button type="button" className="button top__search" onClick={openPalette}>
          <Search size={14} aria-hidden />
          <span className="top__search-word grow">{t.search}</span>
          <kbd className="kbd" aria-hidden>
            Ctrl K
          </kbd>
        </button>
        <div className="top__aside">
          <Indicator link={link} />
          <Bell />
          <UserMenu />
          <LanguageMenu />
          <ThemeMenu />
          <OperatorMenu />
        </div>
      </header>
      <div className="side">
        <Navigation onChoose={closeMenu} />
      </div>
      <main id="main" ref={main} className="main" tabIndex={-1}>
        <Suspense fallback={<Loading label={t.loading} />}>
          <Outlet />
        </Suspense>
      </main>
      <Palette open={palette} onClose={() => setPalette(false)} />
    </div>
  );
}
