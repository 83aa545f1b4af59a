/**
 * Operations of the list that the server does not serve yet: it answers 501 with code 5005, and a wire case checks that
 * for each. An operation leaves this list when it is served, and then needs a wire case that covers it.
 */
export const NOT_SERVED: ReadonlySet<string> = new Set([
  'listUtilityAlgorithms',
  'editSource',
  'listImagePushes',
  'pushImage',
  'receiveScmEvent',
  'startScmOAuth',
  'finishScmOAuth',
  'connectScmToken',
  'listEventListeners',
  'createEventListener',
  'getEventListener',
  'updateEventListener',
  'deleteEventListener',
  'listRegistries',
  'createRegistry',
  'updateRegistry',
  'deleteRegistry',
  'getBrowserClient',
])
