import { QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { MemoryRouter } from 'react-router';

import { createQueries } from '../src/app.tsx';
import { LanguageProvider, type Language } from '../src/text/language.tsx';

/** A component with what stands around all of them. */
export function show(element: ReactNode, { language = 'en', path = '/' }: { language?: Language; path?: string } = {}) {
  return render(
    <LanguageProvider initial={language}>
      <QueryClientProvider client={createQueries()}>
        <MemoryRouter initialEntries={[path]}>{element}</MemoryRouter>
      </QueryClientProvider>
    </LanguageProvider>,
  );
}
