import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { BrowserRouter, Route, Routes } from 'react-router';

import { Problem } from './api/http.ts';
import { useSession, useSessionWatch } from './api/session.ts';
import { SystemProvider } from './live/system.tsx';
import { ViewerProvider } from './notifications/viewer.tsx';
import { hiddenPages, pages } from './routes.tsx';
import { Shell } from './shell/shell.tsx';
import { LanguageProvider, type Language } from './text/language.tsx';
import { Toasts } from './ui/toasts.tsx';

const LoginPage = lazy(() => import('./pages/login/login_page.tsx'));
const routes = [...pages, ...hiddenPages].map(({ path, load }) => ({ path, Page: lazy(load) }));

export const createQueries = () =>
  new QueryClient({
    defaultOptions: {
      queries: {
        // The browser's word on being online is about networks, and this server may be on this machine.
        networkMode: 'always',
        // A refusal stays one. A server that does not answer is waited for by the live stream, which asks everything anew.
        retry: (failures, error) => !(error instanceof Problem) && failures < 2,
        refetchOnWindowFocus: false,
        staleTime: 2_000,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });

function SignedIn() {
  useSessionWatch();
  const { session, error } = useSession();
  // Nothing is asked for before it is known whether somebody has to sign in first.
  if (session === undefined && error === null) return null;
  // In the place of the page, so that the address still says where to go on.
  if (session?.required && !session.admin) {
    return (
      <Suspense fallback={null}>
        <LoginPage />
      </Suspense>
    );
  }
  return (
    <SystemProvider>
      <ViewerProvider>
        <Routes>
          <Route element={<Shell />}>
            {routes.map(({ path, Page }) => (
              <Route key={path} path={path} element={<Page />} />
            ))}
          </Route>
        </Routes>
      </ViewerProvider>
    </SystemProvider>
  );
}

export function App({ language }: { language: Language }) {
  const [queries] = useState(createQueries);
  return (
    <LanguageProvider initial={language}>
      <QueryClientProvider client={queries}>
        <BrowserRouter>
          <SignedIn />
        </BrowserRouter>
        <Toasts />
      </QueryClientProvider>
    </LanguageProvider>
  );
}
