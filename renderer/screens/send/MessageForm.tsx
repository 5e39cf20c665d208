import type { ReactElement } from 'react';
import { CardForm } from './forms/CardForm.tsx';
import type { FormProps } from './forms/form.ts';
import { ImageForm } from './forms/ImageForm.tsx';
import { JsonForm } from './forms/JsonForm.tsx';
import { MarkdownForm } from './forms/MarkdownForm.tsx';
import { MediaForm } from './forms/MediaForm.tsx';
import { NewsForm } from './forms/NewsForm.tsx';
import { TextCardForm } from './forms/TextCardForm.tsx';
import { TextForm } from './forms/TextForm.tsx';
import { VideoForm } from './forms/VideoForm.tsx';

/** The fields of the draft's type. */
export function MessageForm(props: FormProps): ReactElement {
  const { type } = props.draft;
  switch (type) {
    case 'text':
      return <TextForm {...props} />;
    case 'markdown':
    case 'markdown_v2':
      return <MarkdownForm {...props} dialect={type} />;
    case 'image':
      return props.kind === 'app' ? (
        <MediaForm {...props} type="image" />
      ) : (
        <ImageForm {...props} />
      );
    case 'news':
      return <NewsForm {...props} />;
    case 'template_card':
      return <CardForm {...props} />;
    case 'file':
    case 'voice':
      return <MediaForm {...props} type={type} />;
    case 'video':
      return <VideoForm {...props} />;
    case 'textcard':
      return <TextCardForm {...props} />;
    case 'mpnews':
    case 'miniprogram_notice':
      return <JsonForm {...props} type={type} />;
  }
}
