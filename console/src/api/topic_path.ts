// A topic's name as a path: slashes make its hierarchy and stay, everything else is escaped.

export function encodeTopic(topic: string): string {
  return topic.split('/').map(encodeURIComponent).join('/');
}

/** Where the console shows a topic. */
export const topicPage = (topic: string): string => `/topics/${encodeTopic(topic)}`;

/** The topic that such a path shows, or null where there is none or it is not valid. */
export function topicOfPage(pathname: string): string | null {
  const prefix = '/topics/';
  if (!pathname.startsWith(prefix) || pathname === prefix) return null;
  try {
    return pathname.slice(prefix.length).split('/').map(decodeURIComponent).join('/');
  } catch {
    return null;
  }
}
