import * as z from 'zod';
import { commas, number, text } from './values.ts';

const attribute = z.looseObject({
  name: text.optional(),
  type: number.optional().describe('0 text, 1 web page'),
  text: z.looseObject({ value: text.optional() }).optional(),
  web: z.looseObject({ title: text.optional(), url: text.optional() }).optional(),
});
export type ContactAttribute = z.infer<typeof attribute>;
export type ContactAttributeText = NonNullable<ContactAttribute['text']>;
export type ContactAttributeWeb = NonNullable<ContactAttribute['web']>;

const attributes = z.looseObject({ item: z.array(attribute) });
export type ContactAttributes = z.infer<typeof attributes>;

/** A member. Which fields come depends on what the app may see; contact-sync callbacks carry userId and department only. */
const member = {
  userId: text,
  newUserId: text.optional().describe('update_user: the id from now on'),
  name: text.optional(),
  department: commas.optional(),
  mainDepartment: text.optional(),
  isLeaderInDept: commas.optional().describe('1 or 0 for each department, joined by commas'),
  directLeader: commas.optional(),
  position: text.optional(),
  mobile: text.optional(),
  gender: number.optional().describe('1 male, 2 female'),
  email: text.optional(),
  bizMail: text.optional(),
  status: number.optional().describe('1 active, 2 disabled, 4 not activated, 5 left'),
  avatar: text.optional(),
  alias: text.optional(),
  telephone: text.optional(),
  address: text.optional(),
  extAttr: attributes.optional(),
};
const department = {
  id: text,
  name: text.optional(),
  parentId: text.optional(),
  order: number.optional(),
};

/** `change_contact` by its `changeType` (D90240). */
export const contactChanges = {
  member: z.looseObject({
    changeType: z.enum(['create_user', 'update_user', 'delete_user']),
    ...member,
  }),
  department: z.looseObject({
    changeType: z.enum(['create_party', 'update_party', 'delete_party']),
    ...department,
  }),
  tag: z.looseObject({
    changeType: z.literal('update_tag'),
    tagId: text,
    addUserItems: commas.optional(),
    delUserItems: commas.optional(),
    addPartyItems: commas.optional(),
    delPartyItems: commas.optional(),
  }),
};
export type MemberChange = z.infer<typeof contactChanges.member>;
export type DepartmentChange = z.infer<typeof contactChanges.department>;
export type TagChange = z.infer<typeof contactChanges.tag>;

/** Any of them, and those that WeCom has not yet. */
export const ContactChange = z.union([
  z.discriminatedUnion('changeType', [
    contactChanges.member,
    contactChanges.department,
    contactChanges.tag,
  ]),
  z.looseObject({ changeType: text }),
]);
