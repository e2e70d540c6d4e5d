import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/shell.css';
import './styles/tiles.css';
import './styles/json.css';
import './styles/events.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from './app.tsx';
import { pages } from './routes.tsx';
import { initialLanguage } from './text/language.tsx';
import { followTheme } from './theme/theme.ts';

followTheme();
// The code of the page that was asked for is fetched while the shell is drawn.
void pages.find(({ path }) => path === window.location.pathname)?.load();

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has a #root');
createRoot(root).render(
  <StrictMode>
    <App language={initialLanguage()} />
  </StrictMode>,
);
