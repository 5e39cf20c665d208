import * as z from 'zod';
import { OpenApproval, SysApproval } from './approval.ts';
import { SelectedItems } from './card-choice.ts';
import { ContactChange } from './contact-change.ts';
import { number, seconds, text } from './values.ts';

const nothing = z.looseObject({});
const keyed = z.looseObject({ eventKey: text });
const alert = z.looseObject({ effectTime: seconds.optional() });

const job = z.looseObject({
  jobId: text,
  jobType: text
    .optional()
    .describe('sync_user, replace_user, invite_user, replace_party, export_user, …'),
  errCode: number.optional().describe('0: done'),
  errMsg: text.optional(),
});
export type BatchJob = z.infer<typeof job>;

const scan = z.looseObject({ scanType: text.optional(), scanResult: text.optional() });
export type ScanCodeInfo = z.infer<typeof scan>;
const scanned = z.looseObject({ eventKey: text, scanCodeInfo: scan.optional() });

const picture = z.looseObject({ picMd5Sum: text.optional() });
export type Picture = z.infer<typeof picture>;
const pictureList = z.looseObject({ item: z.array(picture) });
export type PictureList = z.infer<typeof pictureList>;
const pictures = z.looseObject({ count: number.optional(), picList: pictureList.optional() });
export type SendPicsInfo = z.infer<typeof pictures>;
const pictured = z.looseObject({ eventKey: text, sendPicsInfo: pictures.optional() });

const place = z.looseObject({
  latitude: number.optional(),
  longitude: number.optional(),
  scale: number.optional(),
  label: text.optional(),
  poiname: text.optional(),
});
export type SendLocationInfo = z.infer<typeof place>;

const clicked = {
  eventKey: text.describe('key of the button or menu action'),
  taskId: text.optional(),
  cardType: text.optional(),
  responseCode: text.optional().describe('updates the card once, within 72 hours'),
};

/** What happens in a self-built app and its corp (WeCom D90240, D90238): `content` of each `event`. */
export const appEvents = {
  subscribe: nothing,
  unsubscribe: nothing,
  enter_agent: z.looseObject({ eventKey: text.optional() }),
  LOCATION: z.looseObject({
    latitude: number.optional(),
    longitude: number.optional(),
    precision: number.optional().describe('metres'),
    appType: text.optional(),
  }),
  batch_job_result: z.looseObject({ batchJob: job.optional() }),
  change_contact: ContactChange,
  click: keyed,
  view: keyed,
  view_miniprogram: keyed,
  scancode_push: scanned,
  scancode_waitmsg: scanned,
  pic_sysphoto: pictured,
  pic_photo_or_album: pictured,
  pic_weixin: pictured,
  location_select: z.looseObject({ eventKey: text, sendLocationInfo: place.optional() }),
  open_approval_change: z.looseObject({ approvalInfo: OpenApproval.optional() }),
  sys_approval_change: z.looseObject({ approvalInfo: SysApproval.optional() }),
  share_agent_change: nothing,
  share_chain_change: nothing,
  template_card_event: z.looseObject({ ...clicked, selectedItems: SelectedItems.optional() }),
  template_card_menu_event: z.looseObject(clicked),
  taskcard_click: z.looseObject({ eventKey: text, taskId: text.optional() }),
  inactive_alert: alert,
  low_active_alert: alert,
  close_inactive_agent: nothing,
  reopen_inactive_agent: nothing,
  low_active: nothing,
  active_restored: nothing,
  change_external_contact: z.looseObject({
    changeType: text,
    userId: text.optional(),
    externalUserId: text.optional(),
    state: text.optional(),
    welcomeCode: text.optional(),
  }),
  change_external_chat: z.looseObject({ changeType: text, chatId: text.optional() }),
  kf_msg_or_event: z.looseObject({
    token: text.describe('fetches the messages'),
    openKfId: text.optional(),
  }),
};
export type AppEvents = typeof appEvents;
