import type { AppCallback } from './app-callbacks.ts';

/** Each kind of change_contact (WeCom D90240, contacts). */
export const contactEvents: readonly AppCallback[] = [
  {
    name: 'change_contact',
    xml:
      '<ChangeType>create_user</ChangeType><UserID>zhangsan</UserID><Name>张三</Name>' +
      '<Department><![CDATA[1,2,3]]></Department><MainDepartment>1</MainDepartment>' +
      '<IsLeaderInDept><![CDATA[1,0,0]]></IsLeaderInDept><DirectLeader><![CDATA[lisi,wangwu]]></DirectLeader>' +
      '<Position>p</Position><Mobile>13800000000</Mobile><Gender>1</Gender><Email>a@b.c</Email><BizMail>d@e.f</BizMail>' +
      '<Status>1</Status><Avatar>http://a</Avatar><Alias>zs</Alias><Telephone>020-1</Telephone><Address>x</Address>' +
      '<ExtAttr><Item><Name>爱好</Name><Type>0</Type><Text><Value>旅游</Value></Text></Item>' +
      '<Item><Name>卡号</Name><Type>1</Type><Web><Title>t</Title><Url>http://w</Url></Web></Item></ExtAttr>',
    content: {
      changeType: 'create_user',
      userId: 'zhangsan',
      name: '张三',
      department: '1,2,3',
      mainDepartment: '1',
      isLeaderInDept: '1,0,0',
      directLeader: 'lisi,wangwu',
      position: 'p',
      mobile: '13800000000',
      gender: 1,
      email: 'a@b.c',
      bizMail: 'd@e.f',
      status: 1,
      avatar: 'http://a',
      alias: 'zs',
      telephone: '020-1',
      address: 'x',
      extAttr: {
        item: [
          { name: '爱好', type: 0, text: { value: '旅游' } },
          { name: '卡号', type: 1, web: { title: 't', url: 'http://w' } },
        ],
      },
    },
  },
  {
    name: 'change_contact',
    xml:
      '<ChangeType>update_user</ChangeType><UserID>zhangsan</UserID><NewUserID>zhangsan001</NewUserID>' +
      '<ExtAttr><Item><Name>爱好</Name><Type>0</Type><Text><Value>旅游</Value></Text></Item></ExtAttr>',
    content: {
      changeType: 'update_user',
      userId: 'zhangsan',
      newUserId: 'zhangsan001',
      extAttr: { item: [{ name: '爱好', type: 0, text: { value: '旅游' } }] },
    },
  },
  {
    name: 'change_contact',
    xml: '<ChangeType>delete_user</ChangeType><UserID>zhangsan</UserID>',
    content: { changeType: 'delete_user', userId: 'zhangsan' },
  },
  ...['create_party', 'update_party', 'delete_party'].map((change) => ({
    name: 'change_contact',
    xml: `<ChangeType>${change}</ChangeType><Id>2</Id><Name>n</Name><ParentId>1</ParentId><Order>1</Order>`,
    content: { changeType: change, id: '2', name: 'n', parentId: '1', order: 1 },
  })),
  {
    name: 'change_contact',
    xml:
      '<ChangeType>update_tag</ChangeType><TagId>1</TagId><AddUserItems>u1,u2</AddUserItems>' +
      '<DelUserItems>u3,u4</DelUserItems><AddPartyItems>1,2</AddPartyItems><DelPartyItems>3,4</DelPartyItems>',
    content: {
      changeType: 'update_tag',
      tagId: '1',
      addUserItems: 'u1,u2',
      delUserItems: 'u3,u4',
      addPartyItems: '1,2',
      delPartyItems: '3,4',
    },
  },
];

const person = '<ItemName>n</ItemName><ItemUserId>u</ItemUserId><ItemImage>http://i</ItemImage>';
const personContent = { itemName: 'n', itemUserId: 'u', itemImage: 'http://i' };

/** Approvals: lists with one entry, elements that repeat without a list. */
export const approvalEvents: readonly AppCallback[] = [
  {
    name: 'open_approval_change',
    xml:
      '<ApprovalInfo><ThirdNo>201806010001</ThirdNo><OpenSpName>付款</OpenSpName><OpenTemplateId>T</OpenTemplateId>' +
      '<OpenSpStatus>1</OpenSpStatus><ApplyTime>1527837645</ApplyTime><ApplyUserName>n</ApplyUserName>' +
      '<ApplyUserId>u</ApplyUserId><ApplyUserParty>研发</ApplyUserParty><ApplyUserImage>http://i</ApplyUserImage>' +
      '<ApprovalNodes><ApprovalNode><NodeStatus>1</NodeStatus><NodeAttr>1</NodeAttr><NodeType>1</NodeType>' +
      `<Items><Item>${person}<ItemStatus>1</ItemStatus><ItemSpeech></ItemSpeech><ItemOpTime>0</ItemOpTime></Item></Items>` +
      `</ApprovalNode></ApprovalNodes><NotifyNodes><NotifyNode>${person}</NotifyNode></NotifyNodes>` +
      '<approverstep>0</approverstep></ApprovalInfo>',
    content: {
      approvalInfo: {
        thirdNo: '201806010001',
        openSpName: '付款',
        openTemplateId: 'T',
        openSpStatus: 1,
        applyTime: 1527837645,
        applyUserName: 'n',
        applyUserId: 'u',
        applyUserParty: '研发',
        applyUserImage: 'http://i',
        approvalNodes: {
          approvalNode: [
            {
              nodeStatus: 1,
              nodeAttr: 1,
              nodeType: 1,
              items: {
                item: [{ ...personContent, itemStatus: 1, itemSpeech: '', itemOpTime: 0 }],
              },
            },
          ],
        },
        notifyNodes: { notifyNode: [personContent] },
        approverstep: 0,
      },
    },
  },
  {
    name: 'sys_approval_change',
    xml:
      '<ApprovalInfo><SpNoStr>201910150001</SpNoStr><SpNo>201910150001</SpNo><SpName>请假</SpName><SpStatus>1</SpStatus>' +
      '<TemplateId>T</TemplateId><ApplyTime>1571123645</ApplyTime><Applyer><UserId>u</UserId><Party>1</Party></Applyer>' +
      '<SpRecord><SpStatus>1</SpStatus><ApproverAttr>1</ApproverAttr><Details><Approver><UserId>a</UserId></Approver>' +
      '<Speech></Speech><SpStatus>1</SpStatus><SpTime>0</SpTime></Details></SpRecord>' +
      '<Notifyer><UserId>b</UserId></Notifyer><StatuChangeEvent>1</StatuChangeEvent></ApprovalInfo>',
    content: {
      approvalInfo: {
        spNoStr: '201910150001',
        spNo: '201910150001',
        spName: '请假',
        spStatus: 1,
        templateId: 'T',
        applyTime: 1571123645,
        applyer: { userId: 'u', party: '1' },
        spRecord: [
          {
            spStatus: 1,
            approverAttr: 1,
            details: [{ approver: { userId: 'a' }, speech: '', spStatus: 1, spTime: 0 }],
          },
        ],
        notifyer: [{ userId: 'b' }],
        statuChangeEvent: 1,
      },
    },
  },
  {
    name: 'sys_approval_change',
    xml:
      '<ApprovalInfo><SpRecord><Details><SpTime>1</SpTime></Details><Details><SpTime>2</SpTime></Details></SpRecord>' +
      '<SpRecord><Details><SpTime>3</SpTime></Details></SpRecord>' +
      '<Notifyer><UserId>a</UserId></Notifyer><Notifyer><UserId>b</UserId></Notifyer></ApprovalInfo>',
    content: {
      approvalInfo: {
        spRecord: [{ details: [{ spTime: 1 }, { spTime: 2 }] }, { details: [{ spTime: 3 }] }],
        notifyer: [{ userId: 'a' }, { userId: 'b' }],
      },
    },
  },
];
