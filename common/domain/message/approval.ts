import * as z from 'zod';
import { number, seconds, text } from './values.ts';

const person = {
  itemName: text.optional(),
  itemUserId: text.optional(),
  itemImage: text.optional(),
};
const approver = z.looseObject({
  ...person,
  itemStatus: number.optional(),
  itemSpeech: text.optional(),
  itemOpTime: seconds.optional(),
});
export type OpenApprover = z.infer<typeof approver>;
const approvers = z.looseObject({ item: z.array(approver) });
export type OpenApprovers = z.infer<typeof approvers>;
const node = z.looseObject({
  nodeStatus: number.optional(),
  nodeAttr: number.optional(),
  nodeType: number.optional(),
  items: approvers.optional(),
});
export type OpenApprovalNode = z.infer<typeof node>;
const nodes = z.looseObject({ approvalNode: z.array(node) });
export type OpenApprovalNodes = z.infer<typeof nodes>;
const notified = z.looseObject(person);
export type OpenNotified = z.infer<typeof notified>;
const notifyNodes = z.looseObject({ notifyNode: z.array(notified) });
export type OpenNotifyNodes = z.infer<typeof notifyNodes>;

/** An approval that an app has begun through WeCom's approval engine (`open_approval_change`). */
export const OpenApproval = z.looseObject({
  thirdNo: text.optional().describe('the id that the app gave'),
  openSpName: text.optional(),
  openTemplateId: text.optional(),
  openSpStatus: number.optional(),
  applyTime: seconds.optional(),
  applyUserName: text.optional(),
  applyUserId: text.optional(),
  applyUserParty: text.optional(),
  applyUserImage: text.optional(),
  approvalNodes: nodes.optional(),
  notifyNodes: notifyNodes.optional(),
  approverstep: number.optional(),
});
export type OpenApproval = z.infer<typeof OpenApproval>;

const member = z.looseObject({ userId: text.optional() });
export type ApprovalMember = z.infer<typeof member>;
const applicant = z.looseObject({ userId: text.optional(), party: text.optional() });
export type Applicant = z.infer<typeof applicant>;
const detail = z.looseObject({
  approver: member.optional(),
  speech: text.optional(),
  spStatus: number.optional(),
  spTime: seconds.optional(),
});
export type ApprovalDetail = z.infer<typeof detail>;
const record = z.looseObject({
  spStatus: number.optional(),
  approverAttr: number.optional(),
  details: z.array(detail).optional(),
});
export type ApprovalRecord = z.infer<typeof record>;

/** An approval of WeCom's own approval app (`sys_approval_change`); WeCom's spellings are kept. */
export const SysApproval = z.looseObject({
  spNoStr: text.optional(),
  spNo: text.optional(),
  spName: text.optional(),
  spStatus: number
    .optional()
    .describe('1 pending, 2 passed, 3 refused, 4 withdrawn, 6 undone, 7 deleted, 10 paid'),
  templateId: text.optional(),
  applyTime: seconds.optional(),
  applyer: applicant.optional(),
  spRecord: z.array(record).optional(),
  notifyer: z.array(member).optional(),
  statuChangeEvent: number.optional().describe('what caused the change'),
});
export type SysApproval = z.infer<typeof SysApproval>;
