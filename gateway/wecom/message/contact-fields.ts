import type * as domain from '../../../common/domain/message/contact-change.ts';
import { among, list, number, object, someText, text, type Read } from './field.ts';

const attribute = object<domain.ContactAttribute>({
  name: text,
  type: number,
  text: object<domain.ContactAttributeText>({ value: text }),
  web: object<domain.ContactAttributeWeb>({ title: text, url: text }),
});

const memberChanges = ['create_user', 'update_user', 'delete_user'] as const;
const departmentChanges = ['create_party', 'update_party', 'delete_party'] as const;

const member = object<domain.MemberChange>({
  changeType: { read: among(memberChanges), fallback: 'update_user' },
  userId: someText,
  newUserId: text,
  name: text,
  department: text,
  mainDepartment: text,
  isLeaderInDept: text,
  directLeader: text,
  position: text,
  mobile: text,
  gender: number,
  email: text,
  bizMail: text,
  status: number,
  avatar: text,
  alias: text,
  telephone: text,
  address: text,
  extAttr: object<domain.ContactAttributes>({ item: list(attribute) }),
});
const department = object<domain.DepartmentChange>({
  changeType: { read: among(departmentChanges), fallback: 'update_party' },
  id: someText,
  name: text,
  parentId: text,
  order: number,
});
const tag = object<domain.TagChange>({
  changeType: { read: among(['update_tag']), fallback: 'update_tag' },
  tagId: someText,
  addUserItems: text,
  delUserItems: text,
  addPartyItems: text,
  delPartyItems: text,
});
const other = object<{ changeType: string }>({ changeType: someText });

type Change = domain.MemberChange | domain.DepartmentChange | domain.TagChange;
const readers: ReadonlyMap<unknown, Read<Change>> = new Map<unknown, Read<Change>>([
  ...memberChanges.map((change) => [change, member] as const),
  ...departmentChanges.map((change) => [change, department] as const),
  ['update_tag', tag],
]);

/** What changed in the contacts; a change that is not known keeps all its fields. */
export const contactChange: Read<Change | { changeType: string }> = (value) => {
  const change =
    typeof value === 'object' && value !== null && 'changeType' in value ? value.changeType : null;
  return (readers.get(change) ?? other)(value);
};
