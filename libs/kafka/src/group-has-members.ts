/** Only its members may say how far a group has read, while it has any. */
export class GroupHasMembers extends Error {
  constructor(groupId: string, options?: ErrorOptions) {
    super(`the group ${groupId} has members, and only they may say how far it has read`, options);
    this.name = 'GroupHasMembers';
  }
}
