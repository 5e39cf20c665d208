import type * as domain from '../../../common/domain/message/approval.ts';
import { list, number, object, text } from './field.ts';

const person = { itemName: text, itemUserId: text, itemImage: text };

export const openApproval = object<domain.OpenApproval>({
  thirdNo: text,
  openSpName: text,
  openTemplateId: text,
  openSpStatus: number,
  applyTime: number,
  applyUserName: text,
  applyUserId: text,
  applyUserParty: text,
  applyUserImage: text,
  approvalNodes: object<domain.OpenApprovalNodes>({
    approvalNode: list(
      object<domain.OpenApprovalNode>({
        nodeStatus: number,
        nodeAttr: number,
        nodeType: number,
        items: object<domain.OpenApprovers>({
          item: list(
            object<domain.OpenApprover>({
              ...person,
              itemStatus: number,
              itemSpeech: text,
              itemOpTime: number,
            }),
          ),
        }),
      }),
    ),
  }),
  notifyNodes: object<domain.OpenNotifyNodes>({
    notifyNode: list(object<domain.OpenNotified>(person)),
  }),
  approverstep: number,
});

const member = object<domain.ApprovalMember>({ userId: text });
const details = list(
  object<domain.ApprovalDetail>({
    approver: member,
    speech: text,
    spStatus: number,
    spTime: number,
  }),
);

export const sysApproval = object<domain.SysApproval>({
  spNoStr: text,
  spNo: text,
  spName: text,
  spStatus: number,
  templateId: text,
  applyTime: number,
  applyer: object<domain.Applicant>({ userId: text, party: text }),
  spRecord: list(
    object<domain.ApprovalRecord>({
      spStatus: number,
      approverAttr: number,
      details: details.read,
    }),
  ).read,
  notifyer: list(member).read,
  statuChangeEvent: number,
});
