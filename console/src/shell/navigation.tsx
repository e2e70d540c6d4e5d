import { NavLink } from 'react-router';

import { groups, pages, type Page } from '../routes.tsx';
import { defineText, useText, useLanguage } from '../text/language.tsx';

const texts = defineText({ en: { navigation: 'Pages' }, ru: { navigation: 'Страницы' } });

function Entry({ page, onChoose }: { page: Page; onChoose: () => void }) {
  const label = useText(page.label);
  const Icon = page.icon;
  return (
    <li>
      <NavLink
        className="nav__link"
        to={page.path}
        end={page.path === '/'}
        onClick={onChoose}
        onPointerEnter={() => void page.load()}
        onFocus={() => void page.load()}
      >
        <Icon size={16} aria-hidden />
        <span className="clip">{label}</span>
      </NavLink>
    </li>
  );
}

/** Named by the route table; a page's code is fetched when somebody is about to go there. */
export function Navigation({ onChoose }: { onChoose: () => void }) {
  const t = useText(texts);
  const { language } = useLanguage();
  return (
    <nav className="nav" aria-label={t.navigation}>
      {Object.entries(groups).map(([group, label]) => (
        <div key={group} className="nav__group">
          <p className="nav__label" id={`nav-${group}`}>
            {label[language]}
          </p>
          <ul aria-labelledby={`nav-${group}`}>
            {pages
              .filter((page) => page.group === group)
              .map((page) => (
                <Entry key={page.path} page={page} onChoose={onChoose} />
              ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}
