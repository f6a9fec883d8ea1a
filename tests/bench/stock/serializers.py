"""The contract's fields by ModelSerializers, nested as the contract nests them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers

from accounts.models import Membership, Team, User
from config.models import OutboxEvent
from conversations import shapes
from conversations.models import Attachment, Contact, Conversation, Message


class TimestampField(serializers.DateTimeField):
    def to_representation(self, value: Any) -> Any:
        return shapes.ts(value)


class ContactSerializer(serializers.ModelSerializer):
    class Meta:
        model = Contact
        fields: ClassVar = [
            "additional_attributes", "email", "id", "name", "phone_number", "blocked", "identifier",
            "custom_attributes", "last_activity_at", "created_at",
        ]  # fmt: skip


class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields: ClassVar = ["id", "name", "display_name", "email"]


class MemberSerializer(serializers.ModelSerializer):
    user = UserSerializer()

    class Meta:
        model = Membership
        fields: ClassVar = ["account", "availability", "auto_offline", "role", "user"]


class TeamSerializer(serializers.ModelSerializer):
    class Meta:
        model = Team
        fields: ClassVar = ["id", "name", "description", "allow_auto_assign", "account"]


class AttachmentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Attachment
        fields: ClassVar = ["id", "file_type", "file_name", "extension", "file_size", "width", "height"]


class MessageSerializer(serializers.ModelSerializer):
    sender_user = UserSerializer(read_only=True)
    sender_contact = ContactSerializer(read_only=True)
    attachments = AttachmentSerializer(many=True, read_only=True)
    created_at = TimestampField(read_only=True)

    class Meta:
        model = Message
        fields: ClassVar = [
            "id", "content", "inbox", "conversation", "message_type", "content_type", "status", "content_attributes",
            "created_at", "private", "source_id", "echo_id", "sender_user", "sender_contact", "attachments",
        ]  # fmt: skip
        read_only_fields: ClassVar = ["inbox", "conversation", "status"]
        extra_kwargs: ClassVar = {"message_type": {"default": Message.Type.OUTGOING}}

    def create(self, validated_data: dict[str, Any]) -> Message:
        """Message, conversation and event, in the transaction of the view."""
        conversation: Conversation = self.context["conversation"]
        user = self.context["request"].user
        message = Message.objects.create(
            account_id=conversation.account_id, conversation=conversation, inbox=conversation.inbox,
            sender_user=user, **validated_data,
        )  # fmt: skip
        conversation.last_activity_at = message.created_at
        conversation.last_message_id = conversation.last_non_activity_message_id = message.pk
        if not message.private:
            conversation.last_public_message_id = message.pk
            conversation.waiting_since = None
            conversation.first_reply_created_at = conversation.first_reply_created_at or timezone.now()
        conversation.save()
        OutboxEvent.objects.create(
            account_id=conversation.account_id,
            name="message.created",
            payload=_payload(conversation, message),
        )
        return message


def _payload(conversation: Conversation, message: Message) -> dict[str, Any]:
    return {
        "conversation_id": conversation.pk, "display_id": conversation.display_id, "inbox_id": conversation.inbox_id,
        "inbox_kind": conversation.inbox.kind, "contact_id": conversation.contact_id,
        "contact_inbox_id": conversation.contact_inbox_id, "assignee_id": conversation.assignee_id,
        "team_id": conversation.team_id, "message_id": message.pk, "message_type": message.message_type,
        "private": message.private, "echo_id": message.echo_id,
    }  # fmt: skip


class ConversationSerializer(serializers.ModelSerializer):
    contact = ContactSerializer()
    assignee = MemberSerializer()
    team = TeamSerializer()
    channel = serializers.CharField(source="inbox.kind")
    hmac_verified = serializers.BooleanField(source="contact_inbox.hmac_verified")
    last_message = MessageSerializer()  # set by the view
    timestamp = TimestampField(source="last_activity_at")

    class Meta:
        model = Conversation
        fields: ClassVar = [
            "id", "display_id", "uuid", "account", "inbox", "channel", "hmac_verified", "contact", "assignee", "team",
            "additional_attributes", "custom_attributes", "labels", "status", "priority", "snoozed_until",
            "unread_count", "agent_last_seen_at", "assignee_last_seen_at", "contact_last_seen_at", "waiting_since",
            "first_reply_created_at", "timestamp", "last_activity_at", "created_at", "updated_at", "last_message",
        ]  # fmt: skip
