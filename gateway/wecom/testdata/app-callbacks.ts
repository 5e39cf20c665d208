import type { ParsedMessage } from '../types.ts';

/** One callback of an app: the elements after the common ones, and what is to be understood. */
export interface AppCallback {
  readonly name: string;
  readonly xml: string;
  readonly content: ParsedMessage['content'];
}

/** Every message type of WeCom D90239. */
export const appMessages: readonly AppCallback[] = [
  {
    name: 'text',
    xml: '<Content><![CDATA[ <b> & 你好 ]]></Content>',
    content: { content: ' <b> & 你好 ' },
  },
  {
    name: 'image',
    xml: '<PicUrl><![CDATA[http://p/1?a=1&b=2]]></PicUrl><MediaId><![CDATA[M1]]></MediaId>',
    content: { picUrl: 'http://p/1?a=1&b=2', mediaId: 'M1' },
  },
  {
    name: 'voice',
    xml: '<MediaId><![CDATA[M2]]></MediaId><Format><![CDATA[amr]]></Format>',
    content: { mediaId: 'M2', format: 'amr' },
  },
  {
    name: 'video',
    xml: '<MediaId>M3</MediaId><ThumbMediaId>T3</ThumbMediaId>',
    content: { mediaId: 'M3', thumbMediaId: 'T3' },
  },
  {
    name: 'location',
    xml:
      '<Location_X>23.134521</Location_X><Location_Y>113.358803</Location_Y><Scale>20</Scale>' +
      '<Label><![CDATA[广州]]></Label><AppType><![CDATA[wxwork]]></AppType>',
    content: {
      latitude: 23.134521,
      longitude: 113.358803,
      scale: 20,
      label: '广州',
      appType: 'wxwork',
    },
  },
  {
    name: 'link',
    xml: '<Title>t</Title><Description>d</Description><Url>http://u</Url><PicUrl>http://p</PicUrl>',
    content: { title: 't', description: 'd', url: 'http://u', picUrl: 'http://p' },
  },
  { name: 'hologram', xml: '<Depth>3</Depth><Depth>4</Depth>', content: { depth: ['3', '4'] } },
];

const key = '<EventKey><![CDATA[K]]></EventKey>';

/** Every event of WeCom D90240 and D90238, and some of other products, which pass as they are. */
export const appEvents: readonly AppCallback[] = [
  ...['subscribe', 'unsubscribe', 'share_agent_change', 'share_chain_change', 'low_active'].map(
    (name) => ({ name, xml: '', content: {} }),
  ),
  ...['close_inactive_agent', 'reopen_inactive_agent', 'active_restored'].map((name) => ({
    name,
    xml: '',
    content: {},
  })),
  { name: 'enter_agent', xml: '<EventKey><![CDATA[]]></EventKey>', content: { eventKey: '' } },
  {
    name: 'LOCATION',
    xml: '<Latitude>23.1</Latitude><Longitude>113.3</Longitude><Precision>119</Precision><AppType>wxwork</AppType>',
    content: { latitude: 23.1, longitude: 113.3, precision: 119, appType: 'wxwork' },
  },
  {
    name: 'batch_job_result',
    xml: '<BatchJob><JobId>S0</JobId><JobType>sync_user</JobType><ErrCode>0</ErrCode><ErrMsg>ok</ErrMsg></BatchJob>',
    content: { batchJob: { jobId: 'S0', jobType: 'sync_user', errCode: 0, errMsg: 'ok' } },
  },
  ...['click', 'view', 'view_miniprogram'].map((name) => ({
    name,
    xml: key,
    content: { eventKey: 'K' },
  })),
  ...['scancode_push', 'scancode_waitmsg'].map((name) => ({
    name,
    xml: `${key}<ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult>1</ScanResult></ScanCodeInfo>`,
    content: { eventKey: 'K', scanCodeInfo: { scanType: 'qrcode', scanResult: '1' } },
  })),
  ...['pic_sysphoto', 'pic_photo_or_album', 'pic_weixin'].map((name) => ({
    name,
    xml: `${key}<SendPicsInfo><Count>1</Count><PicList><item><PicMd5Sum>1b5f</PicMd5Sum></item></PicList></SendPicsInfo>`,
    content: {
      eventKey: 'K',
      sendPicsInfo: { count: 1, picList: { item: [{ picMd5Sum: '1b5f' }] } },
    },
  })),
  {
    name: 'pic_weixin',
    xml: `${key}<SendPicsInfo><Count>0</Count><PicList></PicList></SendPicsInfo>`,
    content: { eventKey: 'K', sendPicsInfo: { count: 0, picList: { item: [] } } },
  },
  {
    name: 'location_select',
    xml: `${key}<SendLocationInfo><Location_X>23</Location_X><Location_Y>113</Location_Y><Scale>15</Scale><Label>l</Label><Poiname>p</Poiname></SendLocationInfo>`,
    content: {
      eventKey: 'K',
      sendLocationInfo: { latitude: 23, longitude: 113, scale: 15, label: 'l', poiname: 'p' },
    },
  },
  {
    name: 'template_card_event',
    xml:
      `${key}<TaskId>t</TaskId><CardType>multiple_interaction</CardType><ResponseCode>rc</ResponseCode>` +
      '<SelectedItems><SelectedItem><QuestionKey>q1</QuestionKey><OptionIds><OptionId>o1</OptionId></OptionIds></SelectedItem>' +
      '<SelectedItem><QuestionKey>q2</QuestionKey><OptionIds><OptionId>o2</OptionId><OptionId>o3</OptionId></OptionIds></SelectedItem></SelectedItems>',
    content: {
      eventKey: 'K',
      taskId: 't',
      cardType: 'multiple_interaction',
      responseCode: 'rc',
      selectedItems: {
        selectedItem: [
          { questionKey: 'q1', optionIds: { optionId: ['o1'] } },
          { questionKey: 'q2', optionIds: { optionId: ['o2', 'o3'] } },
        ],
      },
    },
  },
  {
    name: 'template_card_menu_event',
    xml: `${key}<TaskId>t</TaskId><CardType>text_notice</CardType><ResponseCode>rc</ResponseCode>`,
    content: { eventKey: 'K', taskId: 't', cardType: 'text_notice', responseCode: 'rc' },
  },
  {
    name: 'taskcard_click',
    xml: `${key}<TaskId>t</TaskId>`,
    content: { eventKey: 'K', taskId: 't' },
  },
  ...['inactive_alert', 'low_active_alert'].map((name) => ({
    name,
    xml: '<EffectTime>1700000000</EffectTime>',
    content: { effectTime: 1_700_000_000 },
  })),
  {
    name: 'kf_msg_or_event',
    xml: '<Token>ENC</Token><OpenKfId>kf1</OpenKfId>',
    content: { token: 'ENC', openKfId: 'kf1' },
  },
  {
    name: 'change_external_contact',
    xml: '<ChangeType>add_external_contact</ChangeType><UserID>zhangsan</UserID><ExternalUserID>wo1</ExternalUserID><WelcomeCode>W</WelcomeCode>',
    content: {
      changeType: 'add_external_contact',
      userId: 'zhangsan',
      externalUserId: 'wo1',
      welcomeCode: 'W',
    },
  },
  {
    name: 'change_external_chat',
    xml: '<ChatId>c</ChatId><ChangeType>update</ChangeType>',
    content: { chatId: 'c', changeType: 'update' },
  },
  { name: 'not_yet_invented', xml: '<A_New_Field>1</A_New_Field>', content: { aNewField: '1' } },
];
