import type { CallbackInput } from './callback-input.ts';
import type { XmlFields } from './xml.ts';

/** Fields of each event beyond the common ones (D90240), filled with plausible values. */
type EventFields = (input: CallbackInput, seconds: number) => XmlFields;

const none: EventFields = () => ({});
const key = (fallback: string): EventFields => {
  return (input) => ({ EventKey: input.eventKey ?? fallback });
};
const effectTime: EventFields = (_input, seconds) => ({ EffectTime: seconds });

const scan: EventFields = (input) => ({
  EventKey: input.eventKey ?? 'scan',
  ScanCodeInfo: { ScanType: 'qrcode', ScanResult: 'https://example.com/asset/4711' },
});
const pictures: EventFields = (input) => ({
  EventKey: input.eventKey ?? 'picture',
  SendPicsInfo: {
    Count: 1,
    PicList: { item: [{ PicMd5Sum: '1b5f7c23b5bf75682a53e7b6d163e185' }] },
  },
});
const card: EventFields = (input, seconds) => ({
  EventKey: input.eventKey ?? 'approve',
  TaskId: `task-${seconds}`,
  CardType: 'button_interaction',
  ResponseCode: `practice-response-${seconds}`,
});

const contactChanges: Readonly<Record<string, XmlFields>> = {
  create_user: { UserID: 'LiLei', Department: '1,2' },
  update_user: { UserID: 'LiLei', NewUserID: 'LiLei2', Department: '1' },
  delete_user: { UserID: 'LiLei' },
  create_party: { Id: 2, Name: '研发部', ParentId: 1, Order: 1 },
  update_party: { Id: 2, Name: '研发中心', ParentId: 1 },
  delete_party: { Id: 2 },
  update_tag: {
    TagId: 1,
    AddUserItems: 'LiLei',
    DelUserItems: '',
    AddPartyItems: '1',
    DelPartyItems: '',
  },
};

const events = {
  subscribe: none,
  unsubscribe: none,
  enter_agent: key(''),
  LOCATION: () => ({ Latitude: 23.104, Longitude: 113.32, Precision: 65, AppType: 'wxwork' }),
  batch_job_result: () => ({
    BatchJob: {
      JobId: 'S0MrnndvRG5fadSlLwiBqiDDbM143UqTmKP3152FZk4',
      JobType: 'sync_user',
      ErrCode: 0,
      ErrMsg: 'ok',
    },
  }),
  change_contact: (input) => {
    const change = input.changeType ?? 'create_user';
    return { ChangeType: change, ...contactChanges[change] };
  },
  click: key('menu-help'),
  view: key('https://example.com/'),
  view_miniprogram: key('pages/index'),
  scancode_push: scan,
  scancode_waitmsg: scan,
  pic_sysphoto: pictures,
  pic_photo_or_album: pictures,
  pic_weixin: pictures,
  location_select: (input) => ({
    EventKey: input.eventKey ?? 'location',
    SendLocationInfo: {
      Location_X: 23.104,
      Location_Y: 113.32,
      Scale: 15,
      Label: '广州塔',
      Poiname: '',
    },
  }),
  open_approval_change: (_input, seconds) => ({
    ApprovalInfo: {
      ThirdNo: '201806010001',
      OpenSpName: '付款',
      OpenTemplateId: '1234567890',
      OpenSpStatus: 1,
      ApplyTime: seconds,
      ApplyUserName: '王小明',
      ApplyUserId: 'WangXiaoming',
      ApplyUserParty: '财务部',
      ApplyUserImage: 'https://example.com/avatar.png',
      ApprovalNodes: {
        ApprovalNode: [
          {
            NodeStatus: 1,
            NodeAttr: 1,
            NodeType: 1,
            Items: {
              Item: [
                {
                  ItemName: '李雷',
                  ItemUserId: 'LiLei',
                  ItemStatus: 1,
                  ItemSpeech: '',
                  ItemOpTime: 0,
                },
              ],
            },
          },
        ],
      },
      NotifyNodes: { NotifyNode: [{ ItemName: '韩梅梅', ItemUserId: 'HanMeimei' }] },
      approverstep: 0,
    },
  }),
  sys_approval_change: (_input, seconds) => ({
    ApprovalInfo: {
      SpNoStr: '202611230001',
      SpNo: 202611230001,
      SpName: '请假',
      SpStatus: 1,
      TemplateId: '3TkaH5KFbrG9heEQWLJjhgpFwmqAFB4dLEnapaB7aaa',
      ApplyTime: seconds,
      Applyer: { UserId: 'WangXiaoming', Party: '1' },
      SpRecord: [
        {
          SpStatus: 1,
          ApproverAttr: 1,
          Details: [{ Approver: { UserId: 'LiLei' }, Speech: '', SpStatus: 1, SpTime: 0 }],
        },
        {
          SpStatus: 1,
          ApproverAttr: 1,
          Details: [{ Approver: { UserId: 'HanMeimei' }, Speech: '', SpStatus: 1, SpTime: 0 }],
        },
      ],
      Notifyer: [{ UserId: 'LinTao' }],
      StatuChangeEvent: 1,
    },
  }),
  share_agent_change: none,
  share_chain_change: none,
  template_card_event: (input, seconds) => ({
    ...card(input, seconds),
    SelectedItems: {
      SelectedItem: [
        { QuestionKey: 'question-1', OptionIds: { OptionId: ['option-1', 'option-2'] } },
        { QuestionKey: 'question-2', OptionIds: { OptionId: ['option-3'] } },
      ],
    },
  }),
  template_card_menu_event: card,
  taskcard_click: (input, seconds) => ({
    EventKey: input.eventKey ?? 'approve',
    TaskId: `task-${seconds}`,
  }),
  inactive_alert: effectTime,
  low_active_alert: effectTime,
  close_inactive_agent: none,
  reopen_inactive_agent: none,
  low_active: none,
  active_restored: none,
  kf_msg_or_event: () => ({ Token: 'practice-kf-token', OpenKfId: 'wkPracticeAccount' }),
} satisfies Record<string, EventFields>;

/** Every event that the simulator knows, by name. A map, as a name comes from outside. */
export const appEvents: ReadonlyMap<string, EventFields> = new Map<string, EventFields>(
  Object.entries(events),
);

/** Events that come from the system rather than from a member. */
export const systemEvents: ReadonlySet<string> = new Set([
  'batch_job_result',
  'change_contact',
  'sys_approval_change',
  'open_approval_change',
  'share_agent_change',
  'share_chain_change',
]);
