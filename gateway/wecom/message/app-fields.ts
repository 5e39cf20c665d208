import type * as z from 'zod';
import type * as event from '../../../common/domain/message/app-events.ts';
import type { AppMessages } from '../../../common/domain/message/app-messages.ts';
import type * as choice from '../../../common/domain/message/card-choice.ts';
import { openApproval, sysApproval } from './approval-fields.ts';
import { contactChange } from './contact-fields.ts';
import { list, number, object, someText, text, type Read } from './field.ts';

type Message<T extends keyof AppMessages> = z.infer<AppMessages[T]>;
type Event<E extends keyof event.AppEvents> = z.infer<event.AppEvents[E]>;

/** How each message of an app is read (WeCom D90239). */
export const appMessageFields: { readonly [T in keyof AppMessages]: Read<Message<T>> } = {
  text: object<Message<'text'>>({ content: someText }),
  image: object<Message<'image'>>({ picUrl: text, mediaId: someText }),
  voice: object<Message<'voice'>>({ mediaId: someText, format: text }),
  video: object<Message<'video'>>({ mediaId: someText, thumbMediaId: text }),
  location: object<Message<'location'>>({
    latitude: number,
    longitude: number,
    scale: number,
    label: text,
    appType: text,
  }),
  link: object<Message<'link'>>({ title: text, description: text, url: someText, picUrl: text }),
};

const nothing = object<Event<'subscribe'>>({});
const keyed = object<Event<'click'>>({ eventKey: someText });
const alert = object<Event<'inactive_alert'>>({ effectTime: number });
const scanned = object<Event<'scancode_push'>>({
  eventKey: someText,
  scanCodeInfo: object<event.ScanCodeInfo>({ scanType: text, scanResult: text }),
});
const pictured = object<Event<'pic_weixin'>>({
  eventKey: someText,
  sendPicsInfo: object<event.SendPicsInfo>({
    count: number,
    picList: object<event.PictureList>({
      item: list(object<event.Picture>({ picMd5Sum: text })),
    }),
  }),
});
export const selectedItems = object<choice.SelectedItems>({
  selectedItem: list(
    object<choice.SelectedItem>({
      questionKey: text,
      optionIds: object<choice.OptionIds>({ optionId: list(text) }),
    }),
  ),
});
const clicked = { eventKey: someText, taskId: text, cardType: text, responseCode: text };

/** How each event of an app is read (WeCom D90240, D90238). */
export const appEventFields: { readonly [E in keyof event.AppEvents]: Read<Event<E>> } = {
  subscribe: nothing,
  unsubscribe: nothing,
  enter_agent: object<Event<'enter_agent'>>({ eventKey: text }),
  LOCATION: object<Event<'LOCATION'>>({
    latitude: number,
    longitude: number,
    precision: number,
    appType: text,
  }),
  batch_job_result: object<Event<'batch_job_result'>>({
    batchJob: object<event.BatchJob>({
      jobId: someText,
      jobType: text,
      errCode: number,
      errMsg: text,
    }),
  }),
  change_contact: contactChange,
  click: keyed,
  view: keyed,
  view_miniprogram: keyed,
  scancode_push: scanned,
  scancode_waitmsg: scanned,
  pic_sysphoto: pictured,
  pic_photo_or_album: pictured,
  pic_weixin: pictured,
  location_select: object<Event<'location_select'>>({
    eventKey: someText,
    sendLocationInfo: object<event.SendLocationInfo>({
      latitude: number,
      longitude: number,
      scale: number,
      label: text,
      poiname: text,
    }),
  }),
  open_approval_change: object<Event<'open_approval_change'>>({ approvalInfo: openApproval }),
  sys_approval_change: object<Event<'sys_approval_change'>>({ approvalInfo: sysApproval }),
  share_agent_change: nothing,
  share_chain_change: nothing,
  template_card_event: object<Event<'template_card_event'>>({ ...clicked, selectedItems }),
  template_card_menu_event: object<Event<'template_card_menu_event'>>(clicked),
  taskcard_click: object<Event<'taskcard_click'>>({ eventKey: someText, taskId: text }),
  inactive_alert: alert,
  low_active_alert: alert,
  close_inactive_agent: nothing,
  reopen_inactive_agent: nothing,
  low_active: nothing,
  active_restored: nothing,
  change_external_contact: object<Event<'change_external_contact'>>({
    changeType: someText,
    userId: text,
    externalUserId: text,
    state: text,
    welcomeCode: text,
  }),
  change_external_chat: object<Event<'change_external_chat'>>({
    changeType: someText,
    chatId: text,
  }),
  kf_msg_or_event: object<Event<'kf_msg_or_event'>>({ token: someText, openKfId: text }),
};
