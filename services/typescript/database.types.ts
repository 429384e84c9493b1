export type Json =
  | string
  | number
  | boolean
  | null
  | { [key: string]: Json | undefined }
  | Json[]

export type Database = {
  // Allows to automatically instantiate createClient with right options
  // instead of createClient<Database, { PostgrestVersion: 'XX' }>(URL, KEY)
  __InternalSupabase: {
    PostgrestVersion: "14"
  }
  public: {
    Tables: {
      admin_password_resets: {
        Row: {
          admin_id: string | null
          completed_at: string | null
          created_at: string | null
          id: string
          reason: string | null
          reset_token_id: string | null
          status: string | null
          user_id: string | null
        }
        Insert: {
          admin_id?: string | null
          completed_at?: string | null
          created_at?: string | null
          id?: string
          reason?: string | null
          reset_token_id?: string | null
          status?: string | null
          user_id?: string | null
        }
        Update: {
          admin_id?: string | null
          completed_at?: string | null
          created_at?: string | null
          id?: string
          reason?: string | null
          reset_token_id?: string | null
          status?: string | null
          user_id?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "admin_password_resets_admin_id_fkey"
            columns: ["admin_id"]
            referencedRelation: "user_profiles"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "admin_password_resets_reset_token_id_fkey"
            columns: ["reset_token_id"]
            referencedRelation: "password_reset_tokens"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "admin_password_resets_user_id_fkey"
            columns: ["user_id"]
            referencedRelation: "user_profiles"
            referencedColumns: ["id"]
          },
        ]
      }
      campaign_messages: {
        Row: {
          attempts: number
          campaign_id: string | null
          created_at: string | null
          customer_id: string | null
          delivered_at: string | null
          error_code: number | null
          error_message: string | null
          id: string
          in_doubt_since: string | null
          merge_values: Json | null
          message_body: string | null
          phone_number: string | null
          position: number | null
          reason: string | null
          retries: number
          segments: number | null
          sent_at: string | null
          state: string | null
          status: string | null
          twilio_sid: string | null
          updated_at: string | null
        }
        Insert: {
          attempts?: number
          campaign_id?: string | null
          created_at?: string | null
          customer_id?: string | null
          delivered_at?: string | null
          error_code?: number | null
          error_message?: string | null
          id?: string
          in_doubt_since?: string | null
          merge_values?: Json | null
          message_body?: string | null
          phone_number?: string | null
          position?: number | null
          reason?: string | null
          retries?: number
          segments?: number | null
          sent_at?: string | null
          state?: string | null
          status?: string | null
          twilio_sid?: string | null
          updated_at?: string | null
        }
        Update: {
          attempts?: number
          campaign_id?: string | null
          created_at?: string | null
          customer_id?: string | null
          delivered_at?: string | null
          error_code?: number | null
          error_message?: string | null
          id?: string
          in_doubt_since?: string | null
          merge_values?: Json | null
          message_body?: string | null
          phone_number?: string | null
          position?: number | null
          reason?: string | null
          retries?: number
          segments?: number | null
          sent_at?: string | null
          state?: string | null
          status?: string | null
          twilio_sid?: string | null
          updated_at?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "campaign_messages_campaign_id_fkey"
            columns: ["campaign_id"]
            referencedRelation: "campaigns"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "campaign_messages_customer_id_fkey"
            columns: ["customer_id"]
            referencedRelation: "customers"
            referencedColumns: ["id"]
          },
        ]
      }
      campaign_skips: {
        Row: {
          campaign_id: string
          customer_id: string
          reason: string
        }
        Insert: {
          campaign_id: string
          customer_id: string
          reason: string
        }
        Update: {
          campaign_id?: string
          customer_id?: string
          reason?: string
        }
        Relationships: [
          {
            foreignKeyName: "campaign_skips_campaign_id_fkey"
            columns: ["campaign_id"]
            referencedRelation: "campaigns"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "campaign_skips_customer_id_fkey"
            columns: ["customer_id"]
            referencedRelation: "customers"
            referencedColumns: ["id"]
          },
        ]
      }
      campaign_templates: {
        Row: {
          category: string | null
          created_at: string | null
          id: string
          is_default: boolean | null
          message_body: string | null
          name: string
          updated_at: string | null
          user_id: string | null
        }
        Insert: {
          category?: string | null
          created_at?: string | null
          id?: string
          is_default?: boolean | null
          message_body?: string | null
          name: string
          updated_at?: string | null
          user_id?: string | null
        }
        Update: {
          category?: string | null
          created_at?: string | null
          id?: string
          is_default?: boolean | null
          message_body?: string | null
          name?: string
          updated_at?: string | null
          user_id?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "campaign_templates_user_id_fkey"
            columns: ["user_id"]
            referencedRelation: "user_profiles"
            referencedColumns: ["id"]
          },
        ]
      }
      campaigns: {
        Row: {
          audience: Json | null
          canceled_at: string | null
          created_at: string | null
          delivered_count: number | null
          failed_count: number | null
          failure_reason: string | null
          filtered_count: number
          id: string
          judged_before: Json | null
          launch_after: string | null
          launched_at: string | null
          message_body: string | null
          name: string
          opted_out_count: number
          pause_reason: string | null
          paused_at: string | null
          pending_count: number
          quiet_hours: boolean
          reply_to: string | null
          requires_consent: boolean
          scheduled_at: string | null
          sender_id: string | null
          sent_at: string | null
          sent_count: number | null
          skipped: NonNullable<Json>
          skipped_count: number
          status: string | null
          template_id: string | null
          test_of: string | null
          total_recipients: number | null
          unregistered_count: number
          updated_at: string | null
          user_id: string | null
        }
        Insert: {
          audience?: Json | null
          canceled_at?: string | null
          created_at?: string | null
          delivered_count?: number | null
          failed_count?: number | null
          failure_reason?: string | null
          filtered_count?: number
          id?: string
          judged_before?: Json | null
          launch_after?: string | null
          launched_at?: string | null
          message_body?: string | null
          name: string
          opted_out_count?: number
          pause_reason?: string | null
          paused_at?: string | null
          pending_count?: number
          quiet_hours?: boolean
          reply_to?: string | null
          requires_consent?: boolean
          scheduled_at?: string | null
          sender_id?: string | null
          sent_at?: string | null
          sent_count?: number | null
          skipped?: NonNullable<Json>
          skipped_count?: number
          status?: string | null
          template_id?: string | null
          test_of?: string | null
          total_recipients?: number | null
          unregistered_count?: number
          updated_at?: string | null
          user_id?: string | null
        }
        Update: {
          audience?: Json | null
          canceled_at?: string | null
          created_at?: string | null
          delivered_count?: number | null
          failed_count?: number | null
          failure_reason?: string | null
          filtered_count?: number
          id?: string
          judged_before?: Json | null
          launch_after?: string | null
          launched_at?: string | null
          message_body?: string | null
          name?: string
          opted_out_count?: number
          pause_reason?: string | null
          paused_at?: string | null
          pending_count?: number
          quiet_hours?: boolean
          reply_to?: string | null
          requires_consent?: boolean
          scheduled_at?: string | null
          sender_id?: string | null
          sent_at?: string | null
          sent_count?: number | null
          skipped?: NonNullable<Json>
          skipped_count?: number
          status?: string | null
          template_id?: string | null
          test_of?: string | null
          total_recipients?: number | null
          unregistered_count?: number
          updated_at?: string | null
          user_id?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "campaigns_reply_to_fkey"
            columns: ["reply_to"]
            referencedRelation: "conversations"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "campaigns_template_id_fkey"
            columns: ["template_id"]
            referencedRelation: "campaign_templates"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "campaigns_test_of_fkey"
            columns: ["test_of"]
            referencedRelation: "campaigns"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "campaigns_user_id_fkey"
            columns: ["user_id"]
            referencedRelation: "user_profiles"
            referencedColumns: ["id"]
          },
        ]
      }
      conversation_messages: {
        Row: {
          answer: string | null
          body: string
          campaign_id: string | null
          conversation_id: string
          created_at: string
          direction: string
          id: string
          keyword: string | null
          message_id: string | null
          num_media: number
          sent_by: string | null
          twilio_sid: string | null
        }
        Insert: {
          answer?: string | null
          body: string
          campaign_id?: string | null
          conversation_id: string
          created_at?: string
          direction: string
          id?: string
          keyword?: string | null
          message_id?: string | null
          num_media?: number
          sent_by?: string | null
          twilio_sid?: string | null
        }
        Update: {
          answer?: string | null
          body?: string
          campaign_id?: string | null
          conversation_id?: string
          created_at?: string
          direction?: string
          id?: string
          keyword?: string | null
          message_id?: string | null
          num_media?: number
          sent_by?: string | null
          twilio_sid?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "conversation_messages_conversation_id_fkey"
            columns: ["conversation_id"]
            referencedRelation: "conversations"
            referencedColumns: ["id"]
          },
        ]
      }
      conversations: {
        Row: {
          closed_at: string | null
          created_at: string
          id: string
          last_inbound_at: string
          last_message_at: string
          needs_review: boolean
          our_number: string | null
          phone: string
          review_by: string | null
          review_note: string | null
          reviewed_at: string | null
          reviewed_by: string | null
          revoked: boolean | null
          sender_id: string | null
          unread_count: number
          updated_at: string
          user_id: string | null
        }
        Insert: {
          closed_at?: string | null
          created_at?: string
          id?: string
          last_inbound_at: string
          last_message_at: string
          needs_review?: boolean
          our_number?: string | null
          phone: string
          review_by?: string | null
          review_note?: string | null
          reviewed_at?: string | null
          reviewed_by?: string | null
          revoked?: boolean | null
          sender_id?: string | null
          unread_count?: number
          updated_at?: string
          user_id?: string | null
        }
        Update: {
          closed_at?: string | null
          created_at?: string
          id?: string
          last_inbound_at?: string
          last_message_at?: string
          needs_review?: boolean
          our_number?: string | null
          phone?: string
          review_by?: string | null
          review_note?: string | null
          reviewed_at?: string | null
          reviewed_by?: string | null
          revoked?: boolean | null
          sender_id?: string | null
          unread_count?: number
          updated_at?: string
          user_id?: string | null
        }
        Relationships: []
      }
      customer_import_rejects: {
        Row: {
          cells: string[]
          code: string
          column_name: string
          detail: string
          import_id: string
          row: number
        }
        Insert: {
          cells: string[]
          code: string
          column_name: string
          detail: string
          import_id: string
          row: number
        }
        Update: {
          cells?: string[]
          code?: string
          column_name?: string
          detail?: string
          import_id?: string
          row?: number
        }
        Relationships: [
          {
            foreignKeyName: "customer_import_rejects_import_id_fkey"
            columns: ["import_id"]
            referencedRelation: "customer_imports"
            referencedColumns: ["id"]
          },
        ]
      }
      customer_imports: {
        Row: {
          bytes_read: number
          cancel_requested_at: string | null
          columns: Json | null
          consented: number | null
          created_at: string
          declined: number | null
          dry_run: boolean
          duplicates: number | null
          failure_code: string | null
          failure_detail: string | null
          file_bytes: number | null
          file_hash: string | null
          file_name: string | null
          finished_at: string | null
          header: string[] | null
          id: string
          inserted: number | null
          phase: string
          rejected: number | null
          rejected_by_code: Json | null
          rejects_kept: number
          rows_read: number
          same_file_as: string | null
          status: string
          suppressed: number | null
          total_rows: number | null
          unchanged: number | null
          undone_at: string | null
          updated: number | null
          updated_at: string
          user_id: string
        }
        Insert: {
          bytes_read?: number
          cancel_requested_at?: string | null
          columns?: Json | null
          consented?: number | null
          created_at?: string
          declined?: number | null
          dry_run?: boolean
          duplicates?: number | null
          failure_code?: string | null
          failure_detail?: string | null
          file_bytes?: number | null
          file_hash?: string | null
          file_name?: string | null
          finished_at?: string | null
          header?: string[] | null
          id?: string
          inserted?: number | null
          phase?: string
          rejected?: number | null
          rejected_by_code?: Json | null
          rejects_kept?: number
          rows_read?: number
          same_file_as?: string | null
          status?: string
          suppressed?: number | null
          total_rows?: number | null
          unchanged?: number | null
          undone_at?: string | null
          updated?: number | null
          updated_at?: string
          user_id: string
        }
        Update: {
          bytes_read?: number
          cancel_requested_at?: string | null
          columns?: Json | null
          consented?: number | null
          created_at?: string
          declined?: number | null
          dry_run?: boolean
          duplicates?: number | null
          failure_code?: string | null
          failure_detail?: string | null
          file_bytes?: number | null
          file_hash?: string | null
          file_name?: string | null
          finished_at?: string | null
          header?: string[] | null
          id?: string
          inserted?: number | null
          phase?: string
          rejected?: number | null
          rejected_by_code?: Json | null
          rejects_kept?: number
          rows_read?: number
          same_file_as?: string | null
          status?: string
          suppressed?: number | null
          total_rows?: number | null
          unchanged?: number | null
          undone_at?: string | null
          updated?: number | null
          updated_at?: string
          user_id?: string
        }
        Relationships: [
          {
            foreignKeyName: "customer_imports_same_file_as_fkey"
            columns: ["same_file_as"]
            referencedRelation: "customer_imports"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "customer_imports_user_id_fkey"
            columns: ["user_id"]
            referencedRelation: "user_profiles"
            referencedColumns: ["id"]
          },
        ]
      }
      customers: {
        Row: {
          attributes: NonNullable<Json>
          created_at: string | null
          email: string | null
          first_name: string | null
          id: string
          inactive_reason: string | null
          last_name: string | null
          phone: string
          state: string | null
          status: string | null
          tags: string[]
          updated_at: string | null
          user_id: string | null
        }
        Insert: {
          attributes?: NonNullable<Json>
          created_at?: string | null
          email?: string | null
          first_name?: string | null
          id?: string
          inactive_reason?: string | null
          last_name?: string | null
          phone: string
          state?: string | null
          status?: string | null
          tags?: string[]
          updated_at?: string | null
          user_id?: string | null
        }
        Update: {
          attributes?: NonNullable<Json>
          created_at?: string | null
          email?: string | null
          first_name?: string | null
          id?: string
          inactive_reason?: string | null
          last_name?: string | null
          phone?: string
          state?: string | null
          status?: string | null
          tags?: string[]
          updated_at?: string | null
          user_id?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "customers_user_id_fkey"
            columns: ["user_id"]
            referencedRelation: "user_profiles"
            referencedColumns: ["id"]
          },
        ]
      }
      deleted_customers: {
        Row: {
          attributes: NonNullable<Json>
          created_at: string | null
          deleted_at: string
          deleted_by: string | null
          deletion_id: string
          email: string | null
          first_name: string | null
          id: string
          inactive_reason: string | null
          last_name: string | null
          phone: string
          state: string | null
          status: string | null
          tags: string[]
          updated_at: string | null
          user_id: string | null
        }
        Insert: {
          attributes: NonNullable<Json>
          created_at?: string | null
          deleted_at?: string
          deleted_by?: string | null
          deletion_id: string
          email?: string | null
          first_name?: string | null
          id: string
          inactive_reason?: string | null
          last_name?: string | null
          phone: string
          state?: string | null
          status?: string | null
          tags: string[]
          updated_at?: string | null
          user_id?: string | null
        }
        Update: {
          attributes?: NonNullable<Json>
          created_at?: string | null
          deleted_at?: string
          deleted_by?: string | null
          deletion_id?: string
          email?: string | null
          first_name?: string | null
          id?: string
          inactive_reason?: string | null
          last_name?: string | null
          phone?: string
          state?: string | null
          status?: string | null
          tags?: string[]
          updated_at?: string | null
          user_id?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "deleted_customers_user_id_fkey"
            columns: ["user_id"]
            referencedRelation: "user_profiles"
            referencedColumns: ["id"]
          },
        ]
      }
      invite_codes: {
        Row: {
          code: string
          created_at: string | null
          created_by: string | null
          email: string | null
          expires_at: string | null
          id: string
          max_uses: number | null
          notes: string | null
          revoked_at: string | null
        }
        Insert: {
          code: string
          created_at?: string | null
          created_by?: string | null
          email?: string | null
          expires_at?: string | null
          id?: string
          max_uses?: number | null
          notes?: string | null
          revoked_at?: string | null
        }
        Update: {
          code?: string
          created_at?: string | null
          created_by?: string | null
          email?: string | null
          expires_at?: string | null
          id?: string
          max_uses?: number | null
          notes?: string | null
          revoked_at?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "invite_codes_created_by_fkey"
            columns: ["created_by"]
            referencedRelation: "user_profiles"
            referencedColumns: ["id"]
          },
        ]
      }
      invite_redemptions: {
        Row: {
          id: string
          invite_code_id: string
          profile_id: string
          redeemed_at: string
        }
        Insert: {
          id?: string
          invite_code_id: string
          profile_id: string
          redeemed_at?: string
        }
        Update: {
          id?: string
          invite_code_id?: string
          profile_id?: string
          redeemed_at?: string
        }
        Relationships: [
          {
            foreignKeyName: "invite_redemptions_invite_code_id_fkey"
            columns: ["invite_code_id"]
            referencedRelation: "invite_codes"
            referencedColumns: ["id"]
          },
        ]
      }
      password_reset_tokens: {
        Row: {
          created_at: string | null
          created_by: string | null
          email: string
          expires_at: string
          id: string
          is_used: boolean | null
          notes: string | null
          reset_type: string | null
          token: string
          used_at: string | null
          user_id: string | null
        }
        Insert: {
          created_at?: string | null
          created_by?: string | null
          email: string
          expires_at: string
          id?: string
          is_used?: boolean | null
          notes?: string | null
          reset_type?: string | null
          token: string
          used_at?: string | null
          user_id?: string | null
        }
        Update: {
          created_at?: string | null
          created_by?: string | null
          email?: string
          expires_at?: string
          id?: string
          is_used?: boolean | null
          notes?: string | null
          reset_type?: string | null
          token?: string
          used_at?: string | null
          user_id?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "password_reset_tokens_created_by_fkey"
            columns: ["created_by"]
            referencedRelation: "user_profiles"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "password_reset_tokens_user_id_fkey"
            columns: ["user_id"]
            referencedRelation: "user_profiles"
            referencedColumns: ["id"]
          },
        ]
      }
      phone_lookups: {
        Row: {
          country_code: string | null
          line_type: string | null
          looked_up_at: string
          phone: string
          user_id: string
          valid: boolean
          validation_errors: string[]
        }
        Insert: {
          country_code?: string | null
          line_type?: string | null
          looked_up_at?: string
          phone: string
          user_id: string
          valid: boolean
          validation_errors?: string[]
        }
        Update: {
          country_code?: string | null
          line_type?: string | null
          looked_up_at?: string
          phone?: string
          user_id?: string
          valid?: boolean
          validation_errors?: string[]
        }
        Relationships: [
          {
            foreignKeyName: "phone_lookups_user_id_fkey"
            columns: ["user_id"]
            referencedRelation: "user_profiles"
            referencedColumns: ["id"]
          },
        ]
      }
      phone_refusals: {
        Row: {
          day: string
          id: string
          refused: number
          user_id: string
        }
        Insert: {
          day: string
          id?: string
          refused: number
          user_id: string
        }
        Update: {
          day?: string
          id?: string
          refused?: number
          user_id?: string
        }
        Relationships: [
          {
            foreignKeyName: "phone_refusals_user_id_fkey"
            columns: ["user_id"]
            referencedRelation: "user_profiles"
            referencedColumns: ["id"]
          },
        ]
      }
      user_profiles: {
        Row: {
          approved_at: string | null
          created_at: string | null
          deleted_at: string | null
          id: string
          invite_code: string | null
          invited_at: string | null
          invited_by: string | null
          last_login_at: string | null
          role: string | null
          status: string | null
          updated_at: string | null
          user_id: string | null
        }
        Insert: {
          approved_at?: string | null
          created_at?: string | null
          deleted_at?: string | null
          id?: string
          invite_code?: string | null
          invited_at?: string | null
          invited_by?: string | null
          last_login_at?: string | null
          role?: string | null
          status?: string | null
          updated_at?: string | null
          user_id?: string | null
        }
        Update: {
          approved_at?: string | null
          created_at?: string | null
          deleted_at?: string | null
          id?: string
          invite_code?: string | null
          invited_at?: string | null
          invited_by?: string | null
          last_login_at?: string | null
          role?: string | null
          status?: string | null
          updated_at?: string | null
          user_id?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "user_profiles_invited_by_fkey"
            columns: ["invited_by"]
            referencedRelation: "user_profiles"
            referencedColumns: ["id"]
          },
        ]
      }
    }
    Views: {
      [_ in never]: never
    }
    Functions: {
      account_analytics: {
        Args: {
          from_time?: string
          interval?: string
          time_zone?: string
          to_time?: string
          user_id?: string
        }
        Returns: Json
      }
      account_limits: { Args: { user_id?: string }; Returns: Json }
      admin_analytics: {
        Args: {
          from_time?: string
          interval?: string
          time_zone?: string
          to_time?: string
        }
        Returns: Json
      }
      begin_phone_lookup: {
        Args: { daily_limit: number; max_age: string; phone: string }
        Returns: unknown
        SetofOptions: {
          from: "*"
          to: "phone_lookup_turn"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      campaign_analytics: {
        Args: { campaign_id: string; time_zone?: string }
        Returns: Json
      }
      cancel_campaign: {
        Args: { campaign_id: string }
        Returns: {
          audience: Json | null
          canceled_at: string | null
          created_at: string | null
          delivered_count: number | null
          failed_count: number | null
          failure_reason: string | null
          filtered_count: number
          id: string
          judged_before: Json | null
          launch_after: string | null
          launched_at: string | null
          message_body: string | null
          name: string
          opted_out_count: number
          pause_reason: string | null
          paused_at: string | null
          pending_count: number
          quiet_hours: boolean
          reply_to: string | null
          requires_consent: boolean
          scheduled_at: string | null
          sender_id: string | null
          sent_at: string | null
          sent_count: number | null
          skipped: NonNullable<Json>
          skipped_count: number
          status: string | null
          template_id: string | null
          test_of: string | null
          total_recipients: number | null
          unregistered_count: number
          updated_at: string | null
          user_id: string | null
        }
        SetofOptions: {
          from: "*"
          to: "campaigns"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      cancel_customer_import: { Args: { import_id: string }; Returns: Json }
      count_customers: { Args: { filter?: Json }; Returns: Json }
      create_customer: {
        Args: { customer: Json; idempotency_key?: string }
        Returns: Json
      }
      customer_attribute_names: { Args: { filter?: Json }; Returns: Json }
      customer_consent: { Args: { customer_id: string }; Returns: Json }
      customers_after: {
        Args: {
          after_created_at?: string
          after_id?: string
          filter?: Json
          page_limit?: number
        }
        Returns: Json
      }
      delete_campaign: {
        Args: { campaign_id: string }
        Returns: {
          audience: Json | null
          canceled_at: string | null
          created_at: string | null
          delivered_count: number | null
          failed_count: number | null
          failure_reason: string | null
          filtered_count: number
          id: string
          judged_before: Json | null
          launch_after: string | null
          launched_at: string | null
          message_body: string | null
          name: string
          opted_out_count: number
          pause_reason: string | null
          paused_at: string | null
          pending_count: number
          quiet_hours: boolean
          reply_to: string | null
          requires_consent: boolean
          scheduled_at: string | null
          sender_id: string | null
          sent_at: string | null
          sent_count: number | null
          skipped: NonNullable<Json>
          skipped_count: number
          status: string | null
          template_id: string | null
          test_of: string | null
          total_recipients: number | null
          unregistered_count: number
          updated_at: string | null
          user_id: string | null
        }
        SetofOptions: {
          from: "*"
          to: "campaigns"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      delete_customer_import_rejects: {
        Args: { import_id: string }
        Returns: Json
      }
      delete_customers: {
        Args: { dry_run?: boolean; filter: Json }
        Returns: Json
      }
      delete_user: {
        Args: { hand_over_to?: string; user_id: string }
        Returns: Json
      }
      duplicate_campaign: {
        Args: { campaign_id: string }
        Returns: {
          audience: Json | null
          canceled_at: string | null
          created_at: string | null
          delivered_count: number | null
          failed_count: number | null
          failure_reason: string | null
          filtered_count: number
          id: string
          judged_before: Json | null
          launch_after: string | null
          launched_at: string | null
          message_body: string | null
          name: string
          opted_out_count: number
          pause_reason: string | null
          paused_at: string | null
          pending_count: number
          quiet_hours: boolean
          reply_to: string | null
          requires_consent: boolean
          scheduled_at: string | null
          sender_id: string | null
          sent_at: string | null
          sent_count: number | null
          skipped: NonNullable<Json>
          skipped_count: number
          status: string | null
          template_id: string | null
          test_of: string | null
          total_recipients: number | null
          unregistered_count: number
          updated_at: string | null
          user_id: string | null
        }
        SetofOptions: {
          from: "*"
          to: "campaigns"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      event_stream_token: {
        Args: { path: string; token_hash: string }
        Returns: string
      }
      get_conversation: {
        Args: {
          conversation_id: string
          page_limit?: number
          page_offset?: number
        }
        Returns: Json
      }
      get_test: {
        Args: { campaign_id: string; test_id: string }
        Returns: Json
      }
      keep_event_stream_token: {
        Args: { path: string; sealed: string; token_hash: string }
        Returns: string
      }
      launch_campaign: {
        Args: { campaign_id: string }
        Returns: {
          audience: Json | null
          canceled_at: string | null
          created_at: string | null
          delivered_count: number | null
          failed_count: number | null
          failure_reason: string | null
          filtered_count: number
          id: string
          judged_before: Json | null
          launch_after: string | null
          launched_at: string | null
          message_body: string | null
          name: string
          opted_out_count: number
          pause_reason: string | null
          paused_at: string | null
          pending_count: number
          quiet_hours: boolean
          reply_to: string | null
          requires_consent: boolean
          scheduled_at: string | null
          sender_id: string | null
          sent_at: string | null
          sent_count: number | null
          skipped: NonNullable<Json>
          skipped_count: number
          status: string | null
          template_id: string | null
          test_of: string | null
          total_recipients: number | null
          unregistered_count: number
          updated_at: string | null
          user_id: string | null
        }
        SetofOptions: {
          from: "*"
          to: "campaigns"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      lift_mail_suppression: {
        Args: { address: string; why: string }
        Returns: undefined
      }
      lift_suppression: {
        Args: { suppression_id: string; why: string }
        Returns: Json
      }
      list_audit_log: {
        Args: {
          account?: string
          action?: string
          actor?: string
          below?: number
          page_limit?: number
          page_offset?: number
          since?: string
          table_name?: string
          until?: string
        }
        Returns: Json
      }
      list_conversations: {
        Args: {
          needs_review?: boolean
          page_limit?: number
          page_offset?: number
          unread?: boolean
        }
        Returns: Json
      }
      list_customers: {
        Args: {
          filter?: Json
          page_limit?: number
          page_offset?: number
          sort?: string
        }
        Returns: Json
      }
      list_mail_suppressions: {
        Args: { page_limit?: number; page_offset?: number; search?: string }
        Returns: {
          address: string
          created_at: string
          detail: string
          reason: string
          times_lifted: number
          total: number
        }[]
      }
      list_senders: { Args: Record<PropertyKey, never>; Returns: Json }
      list_suppressions: {
        Args: {
          lifted?: boolean
          page_limit?: number
          page_offset?: number
          phone?: string
          reasons?: string[]
        }
        Returns: Json
      }
      list_tests: { Args: { campaign_id: string }; Returns: Json }
      pause_campaign: {
        Args: { campaign_id: string }
        Returns: {
          audience: Json | null
          canceled_at: string | null
          created_at: string | null
          delivered_count: number | null
          failed_count: number | null
          failure_reason: string | null
          filtered_count: number
          id: string
          judged_before: Json | null
          launch_after: string | null
          launched_at: string | null
          message_body: string | null
          name: string
          opted_out_count: number
          pause_reason: string | null
          paused_at: string | null
          pending_count: number
          quiet_hours: boolean
          reply_to: string | null
          requires_consent: boolean
          scheduled_at: string | null
          sender_id: string | null
          sent_at: string | null
          sent_count: number | null
          skipped: NonNullable<Json>
          skipped_count: number
          status: string | null
          template_id: string | null
          test_of: string | null
          total_recipients: number | null
          unregistered_count: number
          updated_at: string | null
          user_id: string | null
        }
        SetofOptions: {
          from: "*"
          to: "campaigns"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      preview_campaign: { Args: { campaign_id: string }; Returns: Json }
      read_conversation: {
        Args: { closed?: boolean; conversation_id: string }
        Returns: Json
      }
      record_customer_consent: {
        Args: {
          action: string
          customer_id: string
          evidence?: Json
          happened_at?: string
        }
        Returns: Json
      }
      record_phone_lookup: {
        Args: { result: Json }
        Returns: {
          country_code: string | null
          line_type: string | null
          looked_up_at: string
          phone: string
          user_id: string
          valid: boolean
          validation_errors: string[]
        }
        SetofOptions: {
          from: "*"
          to: "phone_lookups"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      reply_to_conversation: {
        Args: {
          body: string
          conversation_id: string
          idempotency_key?: string
        }
        Returns: Json
      }
      resolve_message: {
        Args: { message_id: string; outcome: string }
        Returns: {
          attempts: number
          campaign_id: string | null
          created_at: string | null
          customer_id: string | null
          delivered_at: string | null
          error_code: number | null
          error_message: string | null
          id: string
          in_doubt_since: string | null
          merge_values: Json | null
          message_body: string | null
          phone_number: string | null
          position: number | null
          reason: string | null
          retries: number
          segments: number | null
          sent_at: string | null
          state: string | null
          status: string | null
          twilio_sid: string | null
          updated_at: string | null
        }
        SetofOptions: {
          from: "*"
          to: "campaign_messages"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      restore_customers: {
        Args: { deletion_id?: string; ids?: string[] }
        Returns: Json
      }
      resume_campaign: {
        Args: { campaign_id: string }
        Returns: {
          audience: Json | null
          canceled_at: string | null
          created_at: string | null
          delivered_count: number | null
          failed_count: number | null
          failure_reason: string | null
          filtered_count: number
          id: string
          judged_before: Json | null
          launch_after: string | null
          launched_at: string | null
          message_body: string | null
          name: string
          opted_out_count: number
          pause_reason: string | null
          paused_at: string | null
          pending_count: number
          quiet_hours: boolean
          reply_to: string | null
          requires_consent: boolean
          scheduled_at: string | null
          sender_id: string | null
          sent_at: string | null
          sent_count: number | null
          skipped: NonNullable<Json>
          skipped_count: number
          status: string | null
          template_id: string | null
          test_of: string | null
          total_recipients: number | null
          unregistered_count: number
          updated_at: string | null
          user_id: string | null
        }
        SetofOptions: {
          from: "*"
          to: "campaigns"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      retry_failed_messages: {
        Args: { campaign_id: string }
        Returns: {
          audience: Json | null
          canceled_at: string | null
          created_at: string | null
          delivered_count: number | null
          failed_count: number | null
          failure_reason: string | null
          filtered_count: number
          id: string
          judged_before: Json | null
          launch_after: string | null
          launched_at: string | null
          message_body: string | null
          name: string
          opted_out_count: number
          pause_reason: string | null
          paused_at: string | null
          pending_count: number
          quiet_hours: boolean
          reply_to: string | null
          requires_consent: boolean
          scheduled_at: string | null
          sender_id: string | null
          sent_at: string | null
          sent_count: number | null
          skipped: NonNullable<Json>
          skipped_count: number
          status: string | null
          template_id: string | null
          test_of: string | null
          total_recipients: number | null
          unregistered_count: number
          updated_at: string | null
          user_id: string | null
        }
        SetofOptions: {
          from: "*"
          to: "campaigns"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      review_conversation: {
        Args: { conversation_id: string; note?: string; revoked: boolean }
        Returns: Json
      }
      send_campaign: {
        Args: {
          campaign_id: string
          expected_recipients?: number
          send_at?: string
          send_now?: boolean
        }
        Returns: {
          audience: Json | null
          canceled_at: string | null
          created_at: string | null
          delivered_count: number | null
          failed_count: number | null
          failure_reason: string | null
          filtered_count: number
          id: string
          judged_before: Json | null
          launch_after: string | null
          launched_at: string | null
          message_body: string | null
          name: string
          opted_out_count: number
          pause_reason: string | null
          paused_at: string | null
          pending_count: number
          quiet_hours: boolean
          reply_to: string | null
          requires_consent: boolean
          scheduled_at: string | null
          sender_id: string | null
          sent_at: string | null
          sent_count: number | null
          skipped: NonNullable<Json>
          skipped_count: number
          status: string | null
          template_id: string | null
          test_of: string | null
          total_recipients: number | null
          unregistered_count: number
          updated_at: string | null
          user_id: string | null
        }
        SetofOptions: {
          from: "*"
          to: "campaigns"
          isOneToOne: true
          isSetofReturn: false
        }
      }
      sender_days: {
        Args: { first?: string; last?: string; sender_id: string }
        Returns: Json
      }
      set_account_limits: {
        Args: { limits: Json; user_id: string }
        Returns: Json
      }
      set_sender_rate: {
        Args: { segments_per_second: number; sender_id: string }
        Returns: Json
      }
      suppress_number: {
        Args: { note?: string; phone: string; reason?: string }
        Returns: Json
      }
      suppress_numbers: {
        Args: { note?: string; phones: string[] }
        Returns: Json
      }
      template_fields: { Args: Record<PropertyKey, never>; Returns: Json }
      test_campaign: {
        Args: {
          campaign_id: string
          customer_id?: string
          idempotency_key?: string
          phone: string
        }
        Returns: Json
      }
      undo_customer_import: { Args: { import_id: string }; Returns: Json }
      who_am_i: {
        Args: Record<PropertyKey, never>
        Returns: Record<string, unknown>
      }
    }
    Enums: {
      [_ in never]: never
    }
    CompositeTypes: {
      [_ in never]: never
    }
  }
}

type DatabaseWithoutInternals = Omit<Database, "__InternalSupabase">

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">]

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals
}
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])[TableName] extends {
      Row: infer R
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] &
        DefaultSchema["Views"])
    ? (DefaultSchema["Tables"] &
        DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
        Row: infer R
      }
      ? R
      : never
    : never

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals
}
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Insert: infer I
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
        Insert: infer I
      }
      ? I
      : never
    : never

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals
}
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Update: infer U
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
        Update: infer U
      }
      ? U
      : never
    : never

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends (DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never) = never,
> = DefaultSchemaEnumNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals
}
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
    ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
    : never

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends (PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never) = never,
> = PublicCompositeTypeNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals
}
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
    ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
    : never

export const Constants = {
  public: {
    Enums: {},
  },
} as const
